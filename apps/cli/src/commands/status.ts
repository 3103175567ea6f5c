import { readServerState, type ServerState } from '@inference/server-state';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { askServer } from '../doctor/ask-server.ts';
import { EXIT } from '../exit-codes.ts';
import { newCommand } from '../new-command.ts';
import type { View } from '../output/printer.ts';
import { inSession, type Session } from '../session.ts';

type Status = ServerState & { readonly state: 'ready' | 'not ready' };

const STATUS_VIEW: View<Status> = {
  columns: [
    { title: 'Server', text: ({ url }) => url },
    { title: 'State', text: ({ state }) => state },
    { title: 'Process', text: ({ pid }) => String(pid) },
    { title: 'Since', text: ({ startedAt }) => startedAt },
    { title: 'Data', text: ({ dataFolder }) => dataFolder },
  ],
  name: ({ url }) => url,
};

/** `infer status`: the server of this machine. */
export function statusCommand(cli: Cli): Command {
  return newCommand('status', 'Show the server of this machine; ends with 1 where none runs', {
    examples: [
      ['infer status', 'where it is, since when'],
      ['infer status -o name', 'its address, for scripts'],
    ],
    exits: ['error', 'interrupted'],
  }).action(inSession(cli, status));
}

async function status({ cli, printer, notes, signal }: Session): Promise<number> {
  const state = await readServerState(cli.environment.stateFolder);
  if (state === null) {
    notes.always('No server of yours runs on this machine. Start one: infer up');
    return EXIT.error;
  }
  const ready = await askServer(state.url, '/readyz', undefined, signal);
  printer.one({ ...state, state: ready.ok && ready.status === 200 ? ('ready' as const) : ('not ready' as const) }, STATUS_VIEW);
  return EXIT.ok;
}
