import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Bench } from './bench.ts';
import { readyLine, stopChild } from './child-process.ts';
import { Client } from './client.ts';
import { temporaryFolder } from './temporary-folder.ts';

const MAIN = join(import.meta.dirname, 'bare-server.ts');

/** Starts the bare HTTP server as a process of its own; it answers POSTs, and GETs with the file at `served`. */
export async function startBareServer({ folder, signal }: Bench, served = ''): Promise<AsyncDisposable & { readonly client: Client }> {
  await using resources = new AsyncDisposableStack();
  const uploads = resources.use(await temporaryFolder(folder, 'bare-'));
  // It ends when its stdin does: so it never outlives this process, however that ends.
  const child = spawn(process.execPath, [MAIN, uploads.path, served], { stdio: ['pipe', 'pipe', 'pipe'] });
  resources.defer(() => stopChild(child));
  const port = await readyLine(child, /port (\d+)\n/, signal);
  const client = resources.use(new Client(`http://127.0.0.1:${port}`, signal));
  const kept = resources.move();
  return { client, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
