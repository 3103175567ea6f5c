// Every command of the README is run here, and what it shows is what is printed.

import { execFile } from 'node:child_process';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { has, testFolder } from '@inference/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { NPM_START, serverProcess } from './server-process.ts';
import { sharedServer } from './test-server.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const readme = await readFile(join(root, 'README.md'), 'utf8');

/** The README's code blocks of a language, in order. */
function blocks(language: string): string[] {
  return [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].filter((match) => match[1] === language).map((match) => String(match[2]));
}

/** What is told only where somebody looks in time: what a task does before its end. */
const PASSING = /^ {2}(?:state {6}|progress {3}\d\d? )/;

/** Leaves out what another machine has another of: a Docker, GPUs, a sandbox. */
function ofAnyMachine(line: string): string {
  return line.replace(/^( {2}(?:Docker|GPUs|Sandbox) +)\S.*/, '$1OF THE MACHINE');
}

/** Replaces what differs from run to run: ids, ports, sizes, times, versions, and the order of models. */
function masked(text: string): string[] {
  return text
    .replace(/127\.0\.0\.1:\d+/g, 'ADDRESS')
    .replace(/task( |s\/)[A-Za-z0-9_-]{43}/g, 'task$1UID')
    .replace(/\d+ bytes/g, 'N bytes')
    .replace(/\d+\.\d s/g, 'N s')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && !PASSING.test(line));
}

describe('the README', () => {
  it('has no command that is not run below', () => {
    expect(blocks('console').map((block) => block.split('\n')[0])).toEqual(['$ npm run demo', '$ npm start']);
    expect(blocks('sh')).toHaveLength(1);
    expect(blocks('python')).toHaveLength(1);
    expect(blocks('ts')).toHaveLength(1);
    expect(readme.match(/^```\w*$/gm)).toHaveLength(2 * 5);
  });

  it('shows what npm run demo prints', async () => {
    const { stdout } = await run('npm', ['run', '--silent', 'demo'], { cwd: root });
    const [, ...shown] = masked(String(blocks('console')[0]));
    expect(masked(stdout)).toEqual(shown);
  }, 120_000);

  it('shows what npm start prints', async () => {
    const data = join(await testFolder(), 'inference-data');
    const server = serverProcess(['--port', '0', '--data-dir', data], {}, NPM_START);
    await server.url();
    const shown = masked(String(blocks('console')[1])).slice(1);
    const printed = masked(server.output().replaceAll(data, 'inference-data'));
    expect(printed.map(ofAnyMachine)).toEqual(shown.map(ofAnyMachine));
  });
});

describe('the snippets of the README', () => {
  const shared = sharedServer();
  const here = (snippet: string) =>
    snippet.replaceAll('http://127.0.0.1:7420', shared().url).replaceAll('inference-data', shared().dataFolder);
  afterAll(async () => {
    if (has('docker')) await run('docker', ['image', 'rm', '-f', 'my-lab/word-count:1']);
  });

  it.skipIf(!has('docker') || !has('curl'))(
    'build, register and run a model',
    async () => {
      const cwd = await testFolder();
      await run('sh', ['-euc', here(String(blocks('sh')[0])).replace('-o output.zip', `-o ${cwd}/output.zip`)], { cwd: root });
      expect(await isZip(join(cwd, 'output.zip'))).toBe(true);
    },
    120_000,
  );

  it.skipIf(!has('python'))('run a task from Python', async () => {
    const cwd = await testFolder();
    await run('/usr/bin/python3', ['-c', here(String(blocks('python')[0]))], { cwd });
    expect(await isZip(join(cwd, 'output.zip'))).toBe(true);
  });

  it('run a task from TypeScript', async () => {
    const cwd = await testFolder();
    await writeFile(join(cwd, 'task.ts'), here(String(blocks('ts')[0])));
    await run(process.execPath, ['task.ts'], { cwd });
    expect(await isZip(join(cwd, 'output.zip'))).toBe(true);
  });

  it.skipIf(!has('curl'))('get the output by the one command that npm start names', async () => {
    const cwd = await testFolder();
    const [, command] = /^( {2}curl [\s\S]*?\/tasks)$/m.exec(String(blocks('console')[1])) ?? [];
    await run('sh', ['-euc', here(String(command))], { cwd });
    expect(await isZip(join(cwd, 'output.zip'))).toBe(true);
  });
});

describe('docs/api-v1.md', () => {
  const shared = sharedServer();

  it.skipIf(!has('curl'))('has one command, which posts a zip and gets the output', async () => {
    const document = await readFile(join(root, 'docs', 'api-v1.md'), 'utf8');
    const [command = '', ...more] = [...document.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => String(match[1]));
    expect(more).toEqual([]);
    const cwd = await testFolder();
    await copyFile(join(shared().dataFolder, 'samples', 'word-count.zip'), join(cwd, 'input.zip'));
    await run('sh', ['-euc', command.replaceAll('http://127.0.0.1:7420', shared().url)], { cwd });
    expect(await isZip(join(cwd, 'output.zip'))).toBe(true);
  });
});

async function isZip(path: string): Promise<boolean> {
  return (await readFile(path)).subarray(0, 2).toString() === 'PK';
}
