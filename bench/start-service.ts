import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Bench } from './bench.ts';
import { readyLine, stopChild } from './child-process.ts';

const APPS = join(import.meta.dirname, '..', 'apps');
/** A service that is not ready within this will not be, in milliseconds. */
const READY_LIMIT_MS = 60_000;
const LOOK_MS = 20;

export type ServiceName = 'public-api' | 'private-api' | 'consumer';

/** A service as it runs in production: a process of its own, with its settings in the environment. */
export type Service = AsyncDisposable & { readonly url: string; readonly pid: number };

/** Starts a service on a free port of loopback and waits until it is ready; disposing of it stops it. */
export async function startService({ signal }: Bench, name: ServiceName, settings: Readonly<Record<string, string>>): Promise<Service> {
  await using resources = new AsyncDisposableStack();
  // With the flags that scripts/run.mjs gave to this process: the images give them, too.
  const child = spawn(process.execPath, [...process.execArgv, join(APPS, name, 'src', 'main.ts')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'], HOST: '127.0.0.1', PORT: '0', ...settings },
  });
  resources.defer(() => stopChild(child));
  const url = `http://127.0.0.1:${await readyLine(child, /"port":(\d+)/, signal)}`;
  await ready(name, url, signal);
  const kept = resources.move();
  return { url, pid: child.pid ?? 0, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function ready(name: ServiceName, url: string, signal: AbortSignal): Promise<void> {
  const limit = performance.now() + READY_LIMIT_MS;
  for (;;) {
    const answer = await fetch(`${url}/readyz?verbose`, { signal });
    const text = await answer.text();
    // Degraded would do for production; here, what is away would be what is measured.
    if (answer.ok && !text.includes('"degraded"')) return;
    if (performance.now() > limit) throw new Error(`${name} is not ready: ${text}`);
    await pause(LOOK_MS, undefined, { signal });
  }
}
