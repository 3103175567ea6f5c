// The Python client against a whole server: each of its own tests is one of ours, so that none is counted that did not run.

import { execFile, execFileSync } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { has } from '@inference/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedServer } from './test-server.ts';

type Line = { readonly test: string; readonly outcome: 'passed' | 'failed' | 'skipped'; readonly text: string };

/** What the tests send their tasks to. */
const MODELS = ['examples/models/word-count', 'examples/models/slow-echo', 'tests/e2e/models/script'];
const PYTHON = '/usr/bin/python3';
const root = join(import.meta.dirname, '..', '..');
const cwd = join(root, 'clients', 'python');
/** All tests of the client take about a minute; a busy machine needs several. */
const ALL_MS = 600_000;
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

const environment = (url: string) => ({
  PATH: process.env['PATH'],
  INFERENCE_URL: url,
  PYTHONDONTWRITEBYTECODE: '1',
  PYTHONPATH: join(cwd, 'src'),
});
const command = (word: 'list' | 'run') => ['-m', 'tests.report', word];

function parse(text: string): Line[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

const models = join(tmpdir(), `inference-python-models-${process.pid}`);
const names = has('python')
  ? parse(execFileSync(PYTHON, command('list'), { cwd, encoding: 'utf8', env: environment('') })).map((line) => line.test)
  : [];

describe.skipIf(!has('python'))('the Python client', () => {
  beforeAll(async () => {
    for (const folder of MODELS) await cp(join(root, folder), join(models, basename(folder)), { recursive: true });
  });
  afterAll(() => rm(models, { recursive: true }));
  const shared = sharedServer({ MODELS_DIR: models });
  let lines: Line[] = [];

  beforeAll(async () => {
    const options = { cwd, env: environment(shared().url), maxBuffer: OUTPUT_BYTES_MAX };
    const { stdout } = await promisify(execFile)(PYTHON, command('run'), options);
    lines = parse(stdout);
  }, ALL_MS);

  it('has tests, and no other than are listed here', () => {
    expect(names.length).toBeGreaterThan(90);
    expect([...new Set(lines.map((line) => line.test))].sort()).toEqual([...names].sort());
  });

  for (const name of names) {
    it(sentenceOf(name), ({ skip }) => {
      const own = lines.filter((line) => line.test === name);
      const failed = own.filter((line) => line.outcome === 'failed').map((line) => line.text);
      expect(failed).toEqual([]);
      skip(own.at(-1)?.outcome === 'skipped', own.at(-1)?.text);
      expect(own.map((line) => line.outcome)).toEqual(['passed']);
    });
  }
});

/** What a test of Python says by its name: `tests.test_task.TaskTest.test_it_runs` is `task: it runs`. */
function sentenceOf(name: string): string {
  const [, module = '', , method = ''] = name.split('.');
  return `${module.replace('test_', '')}: ${method.replace('test_', '').replaceAll('_', ' ')}`;
}
