import { setTimeout as sleep } from 'node:timers/promises';
import { readServerState } from '@inference/server-state';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { isServerProcess } from '../machine/is-server-process.ts';
import { newCommand } from '../new-command.ts';
import { inSession, type Session } from '../session.ts';

/** A server finishes or hands back what it runs, and stops its database: no longer than this, in milliseconds. */
const STOP_MS = 150_000;
const LOOK_MS = 100;

/** `infer down`: stops the server of this machine. */
export function downCommand(cli: Cli): Command {
  return newCommand('down', 'Stop the server of this machine', {
    examples: [['infer down', 'what runs is finished or handed back; what waits stays']],
    exits: ['error', 'interrupted'],
  }).action(inSession(cli, down));
}

async function down({ cli, notes, signal }: Session): Promise<number> {
  const state = await readServerState(cli.environment.stateFolder);
  if (state === null) {
    notes.line('No server of yours runs on this machine.');
    return EXIT.ok;
  }
  const { pid, url } = state;
  if (!(await isServerProcess(pid)))
    throw new Error(`Process ${pid} is no InferenceServer: nothing was stopped. What a server left behind goes with: infer doctor --fix`);
  process.kill(pid, 'SIGTERM');
  notes.live(`Stopping ${url} ...`);
  const endMs = performance.now() + STOP_MS;
  while (await isServerProcess(pid)) {
    if (performance.now() > endMs) throw new Error(`Process ${pid} has not stopped within ${STOP_MS / 1000} s. Its log says why.`);
    await sleep(LOOK_MS, undefined, { signal });
  }
  notes.clear();
  notes.line(`Stopped ${url}.`);
  return EXIT.ok;
}
