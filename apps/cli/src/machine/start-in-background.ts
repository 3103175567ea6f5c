import { spawn } from 'node:child_process';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readServerState, type ServerState } from '@inference/server-state';

/** A first start installs dependencies, in milliseconds. */
const START_MS = 600_000;
const LOOK_MS = 100;
const LAST_LINES = 20;

export type Start = {
  readonly args: readonly string[];
  readonly folder: string;
  readonly stateFolder: string;
  readonly signal: AbortSignal;
};
/** How a start went: where the server is, or the last lines of its log. */
export type Started =
  | { readonly ok: true; readonly state: ServerState; readonly log: string }
  | { readonly ok: false; readonly lines: readonly string[]; readonly log: string };

/** Starts Node on a server that goes on when this process and its terminal are gone, and waits until it says where it is. */
export async function startInBackground({ args, folder, stateFolder, signal }: Start): Promise<Started> {
  await mkdir(stateFolder, { recursive: true, mode: 0o700 });
  const log = join(stateFolder, 'server.log');
  await using file = await open(log, 'w', 0o600);
  const child = spawn(process.execPath, [...args], { cwd: folder, detached: true, stdio: ['ignore', file.fd, file.fd] });
  const failed = new Promise<Error>((resolve) => child.once('error', resolve));
  const over = () => child.exitCode !== null || child.signalCode !== null;
  child.unref();
  const endMs = performance.now() + START_MS;
  try {
    while (!over() && performance.now() < endMs) {
      const state = await readServerState(stateFolder);
      if (state !== null) return { ok: true, state, log };
      const error = await Promise.race([failed, sleep(LOOK_MS, null, { signal })]);
      if (error !== null) throw error;
    }
  } catch (error) {
    if (child.pid !== undefined) child.kill('SIGTERM');
    throw error;
  }
  const lines = (await readFile(log, 'utf8')).trimEnd().split('\n').slice(-LAST_LINES);
  child.kill('SIGTERM');
  return { ok: false, lines, log };
}
