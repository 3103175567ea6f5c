import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { until } from '@inference/testing';
import { onTestFinished } from 'vitest';

/** As the images start Node. */
const NODE_FLAGS = ['--max-semi-space-size=1'];
const APPS = join(import.meta.dirname, '..', '..', 'apps');
/** A service waits for others before it serves; on a busy machine that takes a while, in milliseconds. */
const START_DEADLINE_MS = 60_000;

export type ServiceName = 'public-api' | 'private-api' | 'consumer' | 'launcher';

/** A service as it runs in production: a process of its own, with its settings in the environment. */
export type ServiceProcess = {
  readonly child: ChildProcess;
  /** All that it printed so far. */
  output(): string;
  /** The lines of its log so far. */
  lines(): Record<string, unknown>[];
  /** Its address, once it listens; rejects when the process ends before. */
  url(): Promise<string>;
  /** Its address, once it is ready. */
  ready(): Promise<string>;
  /** Its exit code, or null when a signal ended it. */
  exited(): Promise<number | null>;
  /** Closes the reading ends of its stdout and stderr. */
  stopReading(): void;
};

/** Faults for a service to have, and a line on its stderr: a signal each. */
const FAULTS = `
  process.on('SIGUSR2', () => { throw new Error('a fault of the test'); });
  process.on('SIGWINCH', () => process.emitWarning('a warning of the test'));
  process.on('SIGHUP', () => { Promise.reject(new Error('a rejection of the test')); });`;

/** Starts a service with these settings, on a free port of loopback; the test's end stops it. */
export function serviceProcess(name: ServiceName, settings: Record<string, string>): ServiceProcess {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const env = { PATH, NODE_COMPILE_CACHE, HOST: '127.0.0.1', PORT: '0', ...settings };
  const faults = `data:text/javascript,${encodeURIComponent(FAULTS)}`;
  const args = [...NODE_FLAGS, '--import', faults, join(APPS, name, 'src', 'main.ts')];
  // It ends with this process, even when that is killed.
  const child = spawn('setpriv', ['--pdeathsig=KILL', process.execPath, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  const over = () => child.exitCode !== null || child.signalCode !== null;
  const exited = async () => {
    await until(`the end of ${name}; it said: ${text}`, over, START_DEADLINE_MS);
    return child.exitCode;
  };
  // The last line may not be whole yet.
  const whole = () => text.split('\n').slice(0, -1);
  const lines = () => whole().flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
  const url = () =>
    until(
      `${name} to listen; it said: ${text}`,
      () => {
        if (over()) throw new Error(`${name} ended: ${text}`);
        const port = lines().find((line) => line['port'] !== undefined)?.['port'];
        return port === undefined ? null : `http://127.0.0.1:${port}`;
      },
      START_DEADLINE_MS,
    );
  const ready = async () => {
    const address = await url();
    await until(`${name} to be ready; it said: ${text}`, () => isReady(address), START_DEADLINE_MS);
    return address;
  };
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await until(`the end of ${name}`, over).catch(() => child.kill('SIGKILL'));
  });
  const stopReading = () => {
    for (const stream of [child.stdout, child.stderr]) stream.destroy();
  };
  return { child, output: () => text, lines, url, ready, exited, stopReading };
}

async function isReady(address: string): Promise<boolean> {
  const answer = await fetch(`${address}/readyz`).catch(() => null);
  await answer?.body?.cancel();
  return answer?.status === 200;
}
