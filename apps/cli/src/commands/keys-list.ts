import type { Command } from 'commander';
import { keyItemView } from '../admin/key-view.ts';
import type { Cli } from '../cli.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { inSession } from '../session.ts';

/** `infer keys list`. */
export function keysListCommand(cli: Cli): Command {
  return newCommand('list', 'List the keys, newest first', {
    examples: [
      ['infer keys list', 'revoked and expired ones, too'],
      ['infer keys list -o jsonl', 'for programs'],
    ],
    exits: SERVER_EXITS,
  }).action(
    inSession(cli, async ({ client, printer, notes, signal }) => {
      const count = await printer.list((await client()).keys.list({ signal }), keyItemView(Date.now()));
      if (count === 0) notes.line('There are no keys yet. Make one: infer keys create --owner WHO --name WHAT_FOR');
    }),
  );
}
