// On a terminal: what people see, and Ctrl-C as it is typed.

import { spawn } from 'node:child_process';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { has, testFolder, until } from '@inference/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { sharedServer } from '../e2e/test-server.ts';
import { runInfer } from './run-infer.ts';

const LIMIT_MS = 180_000;
vi.setConfig({ testTimeout: LIMIT_MS });

const MAIN = join(import.meta.dirname, '..', '..', 'apps', 'cli', 'src', 'main.ts');
const GIB = 1024 ** 3;
const CTRL_C = '\u0003';

describe.skipIf(!has('terminal'))('infer run on a terminal', () => {
  const shared = sharedServer();

  /** Starts it on a terminal of its own, on a folder of so many bytes, which the model gives back. */
  async function onTerminal(bytes: number) {
    const cwd = await testFolder();
    await mkdir(join(cwd, 'in'));
    await writeFile(join(cwd, 'in', 'slow-echo.json'), '{"seconds": 1}');
    await using file = await open(join(cwd, 'in', 'zeros.raw'), 'w');
    // Takes no room here, and is sent as it is.
    await file.truncate(bytes);
    const command = `stty cols 100; exec '${process.execPath}' '${MAIN}' run slow-echo in --url ${shared().url}`;
    const env = { PATH: process.env['PATH'], HOME: cwd, TERM: 'xterm' };
    const child = spawn('script', ['-qec', command, '/dev/null'], { cwd, env });
    onTestFinished(() => void child.kill('SIGKILL'));
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    const code = new Promise<number | null>((resolve) => child.once('close', resolve));
    return { type: (keys: string) => void child.stdin.write(keys), seen: () => text, code };
  }

  async function tasks(): Promise<string> {
    return (await runInfer(['tasks', 'list', '-o', 'name', '--url', shared().url])).out;
  }

  it('shows a bar while it sends, and Ctrl-C then ends with 130 and leaves no task', async () => {
    const before = await tasks();
    const { type, seen, code } = await onTerminal(2 * GIB);
    await until('the bar', () => /uploading {2}\[#+\.+\] [\d.]+ MB of 2\.1 GB /.test(seen()), LIMIT_MS);
    type(CTRL_C);
    expect(await code, seen()).toBe(130);
    expect(seen()).toContain('\r\u001b[KStopped: no task was made.\r\n');
    expect(await tasks()).toBe(before);
  });

  it('shows the task first, bars that it clears away, and colours', async () => {
    const { seen, code } = await onTerminal(1024);
    expect(await code, seen()).toBe(0);
    const lines = seen()
      .split('\r\n')
      .map((line) => line.slice(line.lastIndexOf('\u001b[K') + 1).replace(/^\[K/, ''));
    expect(lines[0]).toMatch(/^task \S{43}$/);
    expect(lines[1]).toMatch(/^ {2}uploaded {3}/);
    expect(lines.find((line) => line.includes('succeeded'))).toContain('  \u001b[32msucceeded\u001b[39m ');
    expect(lines.find((line) => line.includes('uploading'))).toBeUndefined();
  });
});
