// Every command of the tutorial and of the how-to pages is run here, one page after the other, each in one shell.

import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { has, testFolder } from '@inference/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { sharedServer } from '../e2e/test-server.ts';
import { importPythonImage } from './python-image.ts';
import { runInfer } from './run-infer.ts';

vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const MAIN = join(root, 'apps', 'cli', 'src', 'main.ts');
const BASE = `inference-pages-${process.pid}:1`;
const HOW_TO = join(root, 'docs', 'how-to');
const pages = (await readdir(HOW_TO)).sort();

/** The blocks of a page in a language. */
function blocks(page: string, language: string): string[] {
  return [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].filter((match) => match[1] === language).map((match) => String(match[2]));
}

/** A folder with `infer` in it, to put before the PATH. */
async function withInfer(): Promise<string> {
  const folder = await testFolder();
  await writeFile(join(folder, 'infer'), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`, { mode: 0o755 });
  return folder;
}

describe('the how-to pages', () => {
  const shared = sharedServer();

  it.each(pages)('%s has commands that work', async (name) => {
    // What doctor says of the machine ends with 1 where no engine answers.
    if (name === 'gpus.md' && !has('docker')) return;
    const text = await readFile(join(HOW_TO, name), 'utf8');
    const cwd = await testFolder();
    const env = { PATH: `${await withInfer()}:/usr/bin:/bin`, HOME: cwd, INFERENCE_URL: shared().url };
    // What is done on another machine has settings of its own here.
    const commands = blocks(text, 'sh').map((block) =>
      block.includes('infer profile add') ? `(export XDG_CONFIG_HOME=$HOME/hers\n${block})\n` : block,
    );
    const { stdout } = await run('sh', ['-euc', commands.join('\n')], { cwd, env });
    expect(stdout).not.toBe('');
    if (name === 'many-inputs.md') expect((await readdir(join(cwd, 'results'))).sort()).toEqual(['case-1.zip', 'case-2.zip', 'case-3.zip']);
    if (name === 'scripts.md') expect(stdout).toContain('there is no such model');
  });

  it('are named by the tutorial, all of them', async () => {
    const tutorial = await readFile(join(root, 'docs', 'cli', 'tutorial.md'), 'utf8');
    for (const name of pages) expect(tutorial).toContain(`(../how-to/${name})`);
  });
});

describe.skipIf(!has('docker'))('the tutorial', () => {
  beforeAll(() => importPythonImage(BASE));
  afterAll(async () => {
    await run('docker', ['image', 'rm', '-f', BASE, 'my-model:1']);
  });

  it('leads from nothing to a model of your own, and prints what it shows', async () => {
    const text = await readFile(join(root, 'docs', 'cli', 'tutorial.md'), 'utf8');
    const home = await testFolder();
    const prefix = join(home, '.local');
    await mkdir(prefix);
    const environment = { XDG_STATE_HOME: join(home, 'state'), XDG_CONFIG_HOME: join(home, 'config') };
    onTestFinished(async () => void (await runInfer(['down'], { environment })));
    // No registry is asked for the base image, and the server of this test is not that of the developer.
    const commands = blocks(text, 'sh')
      .join('\n')
      .replace('docker build ', `docker build --build-arg BASE=${BASE} `)
      .replace('infer up --detach', `infer up --detach --port 0 --data-dir ${join(home, 'data')}`);
    const env = {
      ...environment,
      HOME: home,
      PATH: `${join(prefix, 'bin')}:${process.env['PATH']}`,
      npm_config_prefix: prefix,
      npm_config_cache: join(home, 'cache'),
      npm_config_offline: 'true',
    };
    const packed = join(root, 'apps', 'cli', 'inference-server-cli-0.1.0.tgz');
    onTestFinished(async () => void (await run('rm', ['-f', packed])));
    const { stdout, stderr } = await run('sh', ['-euc', commands], { cwd: root, env });
    const [started = '', first = ''] = blocks(text, 'text');
    expect(shapeOf(stdout)).toContain(shapeOf(started));
    for (const line of shapeOf(first).trim().split('\n')) expect(shapeOf(stdout + stderr).split('\n')).toContain(line);
    expect(stdout).toMatch(/^file,words,sha256\r\nfirst\.txt,3,[0-9a-f]{64}\r$/m);
  });
});

/** A text without what differs from run to run. */
function shapeOf(text: string): string {
  return text
    .replace(/\r/g, '')
    .replace(/process \d+, since [^)]+/g, 'process N, since T')
    .replace(/127\.0\.0\.1:\d+/g, 'ADDRESS')
    .replace(/^task .{43}$/gm, 'task ID')
    .replace(/\d+\.\d s\b/g, 'N s')
    .replace(/\d+ bytes/g, 'N bytes')
    .replace(/^\/.*\/inference-tutorial/gm, '/HOME/inference-tutorial');
}
