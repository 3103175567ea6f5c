import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { inSession } from '../session.ts';
import { MODEL_VIEW } from '../task/model-view.ts';

/** `infer models get`. */
export function modelsGetCommand(cli: Cli): Command {
  return newCommand('get', 'Show a model', {
    examples: [['infer models get word-count', 'its image, limits and state']],
    exits: ['notFound', ...SERVER_EXITS],
  })
    .argument('<model>', 'the id of the model')
    .action(
      inSession(cli, async ({ client, printer, signal }, id: string) =>
        printer.one(await (await client()).models.get(id, { signal }), MODEL_VIEW),
      ),
    );
}
