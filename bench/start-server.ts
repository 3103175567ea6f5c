import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Bench } from './bench.ts';
import { readyLine, stopChild } from './child-process.ts';
import { Client } from './client.ts';
import { temporaryFolder } from './temporary-folder.ts';

const MAIN = join(import.meta.dirname, '..', 'apps', 'standalone', 'src', 'main.ts');

/** The server under test, and a client of its own. */
export type Server = AsyncDisposable & { readonly client: Client; readonly pid: number };

/** Starts a server as its users do, as a process of its own on a fresh data folder; disposing of it stops it and removes the folder. */
export async function startServer({ folder, signal }: Bench): Promise<Server> {
  await using resources = new AsyncDisposableStack();
  const data = resources.use(await temporaryFolder(folder, 'server-'));
  // With the flags and the compiled programs that scripts/run.mjs gives to `npm start`, as it gave them to this process.
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, [...process.execArgv, MAIN, '--port', '0', '--data-dir', join(data.path, 'data')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, NODE_COMPILE_CACHE, XDG_STATE_HOME: join(data.path, 'state') },
  });
  resources.defer(() => stopChild(child));
  const url = await readyLine(child, /Address\s+(http:\S+)[\s\S]*Stop:/, signal);
  const client = resources.use(new Client(url, signal));
  const kept = resources.move();
  return { client, pid: child.pid ?? 0, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
