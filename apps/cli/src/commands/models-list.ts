import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { inSession } from '../session.ts';
import { MODEL_ITEM_VIEW } from '../task/model-view.ts';

/** `infer models list`. */
export function modelsListCommand(cli: Cli): Command {
  return newCommand('list', 'List the models', {
    examples: [
      ['infer models list', 'for people'],
      ['infer models list -o name', 'the ids, for scripts'],
    ],
    exits: SERVER_EXITS,
  }).action(
    inSession(cli, async ({ client, printer, notes, signal }) => {
      const count = await printer.list((await client()).models.list({ signal }), MODEL_ITEM_VIEW);
      if (count === 0) notes.line('There are no models yet. Add one: infer models add ID --image IMAGE');
    }),
  );
}
