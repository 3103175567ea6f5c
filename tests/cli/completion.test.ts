import { execFile } from 'node:child_process';
import { chmod, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { testFolder, until } from '@inference/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { sharedServer } from '../e2e/test-server.ts';
import { runInfer } from './run-infer.ts';

vi.setConfig({ testTimeout: 120_000 });

const MAIN = join(import.meta.dirname, '..', '..', 'apps', 'cli', 'src', 'main.ts');
const shared = sharedServer();

/** What bash proposes for a line whose last word is being typed; the server's part is asked of a real one. */
async function bash(line: string, url = shared().url): Promise<string[]> {
  const folder = await testFolder();
  await writeFile(join(folder, 'infer'), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
  await chmod(join(folder, 'infer'), 0o755);
  const words = line.split(' ');
  const script = `source <(infer completion bash); COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
    complete -p infer > /dev/null || exit 3; _infer; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const env = { PATH: `${folder}:${process.env['PATH']}`, HOME: folder, INFERENCE_URL: url };
  const { stdout, stderr } = await promisify(execFile)('bash', ['--norc', '-c', script], { env, cwd: folder });
  expect(stderr).toBe('');
  expect((await readdir(folder)).sort()).toEqual(['infer']);
  return stdout
    .split('\n')
    .filter((word) => word !== '')
    .sort();
}

describe('the completion of bash', () => {
  it('proposes commands, their sub-commands and their options', async () => {
    expect(await bash('infer mo')).toEqual(['models']);
    expect(await bash('infer tasks c')).toEqual(['cancel']);
    expect(await bash('infer doctor --f')).toEqual(['--fix']);
    expect(await bash('infer models list --pro')).toEqual(['--profile']);
    expect(await bash('infer __')).toEqual([]);
  });

  it('proposes the values of an option', async () => {
    expect(await bash('infer tasks list -o js')).toEqual(['json', 'jsonl']);
    expect(await bash('infer --url http://x models list --output y')).toEqual(['yaml']);
    expect(await bash('infer tasks list --state f')).toEqual(['failed']);
  });

  it('proposes models and tasks of the server', async () => {
    // It gives up soon, for who waits for it; a busy machine may take longer than that now and then.
    const proposed = (line: string, id: string) => until(`${id} after ${line}`, async () => (await bash(line)).includes(id), 60_000);
    await proposed('infer run w', 'word-count');
    await proposed('infer -q models get sl', 'slow-echo');
    const folder = await testFolder();
    await writeFile(join(folder, 'a.txt'), 'a');
    const { out } = await runInfer(['run', 'word-count', 'a.txt', '--detach', '--url', shared().url], { cwd: folder });
    await proposed(`infer tasks get ${out.slice(0, 3)}`, out.trim());
  });

  it('proposes nothing, without a word, where no server answers', async () => {
    expect(await bash('infer run w', 'http://127.0.0.1:9')).toEqual([]);
  });

  it('hands no id to the shell that it would act on', async () => {
    const items = [{ id: 'good' }, { id: '$(touch evil)' }, { id: '`touch evil`' }, { id: 'a;touch evil' }];
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ items, next_cursor: null }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { out } = await until('ids', async () => {
      const ended = await runInfer(['__complete', 'models', '--url', url]);
      return ended.out === '' ? null : ended;
    });
    expect(out).toBe('good\n');
    await bash('infer run ', url);
  });
});

describe('the completions of other shells', () => {
  it('have every command in them', async () => {
    const [zsh, fish] = [(await runInfer(['completion', 'zsh'])).out, (await runInfer(['completion', 'fish'])).out];
    for (const name of ['run', 'models', 'doctor', 'completion']) {
      expect(zsh).toMatch(new RegExp(`\\b${name}\\b`));
      expect(fish).toContain(` -a ${name} `);
    }
    expect(zsh).toMatch(/^autoload -U \+X bashcompinit && bashcompinit\n/);
    expect(fish).not.toContain('__complete -d');
  });
});
