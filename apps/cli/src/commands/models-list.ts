import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { listLegacyModels } from '../legacy/models-legacy.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { inSession, type Session } from '../session.ts';
import { MODEL_ITEM_VIEW } from '../task/model-view.ts';

/** `infer models list`. */
export function modelsListCommand(cli: Cli): Command {
  return newCommand('list', 'List the models', {
    examples: [
      ['infer models list', 'for people'],
      ['infer models list -o name', 'the ids, for scripts'],
    ],
    exits: SERVER_EXITS,
  }).action(inSession(cli, list, listLegacyModels));
}

async function list({ client, printer, notes, signal }: Session): Promise<void> {
  const count = await printer.list((await client()).models.list({ signal }), MODEL_ITEM_VIEW);
  if (count === 0) notes.line('There are no models yet. Add one: infer models add ID --image IMAGE');
}
