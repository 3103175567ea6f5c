import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@inference/testing';
import { onTestFinished } from 'vitest';

const MAIN = join(import.meta.dirname, '..', '..', 'apps', 'standalone', 'src', 'main.ts');
/** A first start makes a database; on a busy machine that takes a while, in milliseconds. */
export const START_DEADLINE_MS = 60_000;
/** The command that users type. */
export const NPM_START = ['npm', 'start', '--silent', '--'];

/** A server as its users run it: a process of its own. */
export type ServerProcess = {
  readonly child: ChildProcess;
  /** All that it printed so far. */
  output(): string;
  /** Its address, once the banner has told it; rejects when the process ends before. */
  url(): Promise<string>;
  /** Its exit code, or null when a signal ended it. */
  exited(): Promise<number | null>;
  /** Closes the reading ends of its stdout and stderr. */
  stopReading(): void;
};

/** Starts the server with these arguments, the shortest way or by a command; the test's end stops it. */
export function serverProcess(
  args: string[],
  environment: Record<string, string> = {},
  [program, ...first]: string[] = [process.execPath, MAIN],
): ServerProcess {
  // Where it says where it is: not where the developer's own server does.
  const stateFolder = mkdtempSync(join(tmpdir(), 'inference-state-'));
  const env = { PATH: process.env['PATH'], XDG_STATE_HOME: stateFolder, ...environment };
  const child = spawn(String(program), [...first, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
  }
  const over = () => child.exitCode !== null || child.signalCode !== null;
  const exited = async () => {
    await until('the end of the server', over);
    return child.exitCode;
  };
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await exited();
    rmSync(stateFolder, { recursive: true });
  });
  const url = () =>
    until(
      'the banner',
      () => {
        if (over()) throw new Error(`the server ended: ${text}`);
        return /Address\s+(http:\S+)[\s\S]*Stop:/.exec(text)?.[1];
      },
      START_DEADLINE_MS,
    );
  const stopReading = () => {
    for (const stream of [child.stdout, child.stderr]) stream.destroy();
  };
  return { child, exited, url, output: () => text, stopReading };
}
