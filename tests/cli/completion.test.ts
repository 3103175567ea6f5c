import { execFile, spawn } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { has, testFolder, until } from '@inference/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { sharedServer } from '../e2e/test-server.ts';
import { runInfer } from './run-infer.ts';

vi.setConfig({ testTimeout: 120_000 });

const MAIN = join(import.meta.dirname, '..', '..', 'apps', 'cli', 'src', 'main.ts');
/** How long a shell may take until it answers, in milliseconds: it starts `infer`, which gives up soon on a busy machine. */
const SHELL_MS = 60_000;
const shared = sharedServer();

/** A new folder with `infer` in it, which is the home of a shell. */
async function home(): Promise<string> {
  const folder = await testFolder();
  await writeFile(join(folder, 'infer'), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`);
  await chmod(join(folder, 'infer'), 0o755);
  return folder;
}

function environmentIn(folder: string, url = shared().url): Record<string, string> {
  return { PATH: `${folder}:${process.env['PATH']}`, HOME: folder, INFERENCE_URL: url };
}

/** What bash proposes for a line whose last word is being typed; the server's part is asked of a real one. */
async function bash(line: string, url = shared().url): Promise<string[]> {
  const folder = await home();
  const words = line.split(' ');
  const script = `source <(infer completion bash); COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
    complete -p infer > /dev/null || exit 3; _infer; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = await promisify(execFile)('bash', ['--norc', '-c', script], { env: environmentIn(folder, url), cwd: folder });
  expect(stderr).toBe('');
  expect((await readdir(folder)).sort()).toEqual(['infer']);
  return stdout
    .split('\n')
    .filter((word) => word !== '')
    .sort();
}

/** What fish proposes, without the descriptions. */
async function fish(line: string): Promise<string[]> {
  const folder = await home();
  const script = 'infer completion fish | source; complete -C $argv[1]';
  const { stdout, stderr } = await promisify(execFile)('fish', ['--no-config', '-c', script, line], {
    env: environmentIn(folder),
    cwd: folder,
  });
  expect(stderr).toBe('');
  return stdout
    .split('\n')
    .filter((word) => word !== '')
    .map((word) => String(word.split('\t')[0]))
    .sort();
}

/** Settings of a zsh in which Ctrl-X notes the line as it stands, and empties it. */
const ZSHRC = `PS1='ready> '
autoload -U compinit && compinit -u -D
source <(infer completion zsh)
note() { print -r -- "$BUFFER" >> $HOME/lines; BUFFER= }
zle -N note
bindkey '^X' note
`;

/** A zsh on a terminal; answers what it makes of a line once the tab key was pressed. */
async function zsh(): Promise<(line: string) => Promise<string>> {
  const folder = await home();
  await writeFile(join(folder, '.zshrc'), ZSHRC);
  await mkdir(join(folder, 'texts'));
  const env = { ...environmentIn(folder), ZDOTDIR: folder, TERM: 'xterm' };
  const child = spawn('script', ['-qec', 'stty cols 200; exec zsh -i', '/dev/null'], { cwd: folder, env });
  onTestFinished(() => void child.kill('SIGKILL'));
  let screen = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (screen += piece));
  await until('the prompt', () => screen.includes('ready> '), SHELL_MS);
  let count = 0;
  return async (line) => {
    child.stdin.write(`${line}\t\u0018`);
    const noted = async () => (await readFile(join(folder, 'lines'), 'utf8').catch(() => '')).split('\n').slice(0, -1);
    return await until(`the line ${line}`, async () => (await noted())[count], SHELL_MS).finally(() => void count++);
  };
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
    // One of 64 ids begins with a dash, which the shell has for an option.
    const id = await until('an id that looks like no option', async () => {
      const { out } = await runInfer(['run', 'word-count', 'a.txt', '--detach', '--url', shared().url], { cwd: folder });
      return !out.startsWith('-') && out.trim();
    });
    await proposed(`infer tasks get ${id.slice(0, 3)}`, id);
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

describe.skipIf(!has('fish'))('the completion of fish', () => {
  it('proposes commands, their sub-commands, their options and the values of these', async () => {
    expect(await fish('infer mo')).toEqual(['models']);
    expect(await fish('infer tasks c')).toEqual(['cancel']);
    expect(await fish('infer doctor --f')).toEqual(['--fix']);
    expect(await fish('infer __')).toEqual([]);
    expect(await fish('infer tasks list -o js')).toEqual(['json', 'jsonl']);
    expect(await fish('infer --url http://x models list --output y')).toEqual(['yaml']);
    expect(await fish('infer tasks list --state f')).toEqual(['failed']);
  });

  it('proposes models of the server', async () => {
    await until('word-count', async () => (await fish('infer run w')).includes('word-count'), SHELL_MS);
  });
});

describe.skipIf(!has('zsh', 'terminal'))('the completion of zsh', () => {
  it('completes commands, options, values, models of the server, and files', async () => {
    const completed = await zsh();
    expect(await completed('infer mo')).toBe('infer models ');
    expect(await completed('infer tasks c')).toBe('infer tasks cancel ');
    expect(await completed('infer doctor --f')).toBe('infer doctor --fix ');
    expect(await completed('infer __')).toBe('infer __');
    expect(await completed('infer tasks list -o js')).toBe('infer tasks list -o json');
    expect(await completed('infer --url http://x models list --output y')).toBe('infer --url http://x models list --output yaml ');
    await until('a model', async () => (await completed('infer models get sl')) === 'infer models get slow-echo ', SHELL_MS);
    expect(await completed('infer run word-count te')).toBe('infer run word-count texts/');
  });
});

describe('the completions of all shells', () => {
  it('have every command in them', async () => {
    const [zshText, fishText] = [(await runInfer(['completion', 'zsh'])).out, (await runInfer(['completion', 'fish'])).out];
    for (const name of ['run', 'models', 'doctor', 'completion']) {
      expect(zshText).toMatch(new RegExp(`\\b${name}\\b`));
      expect(fishText).toContain(` -a ${name} `);
    }
    expect(fishText).not.toContain('__complete -d');
  });
});
