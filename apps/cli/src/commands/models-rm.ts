import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { inSession } from '../session.ts';
import { forEachId } from '../task/for-each-id.ts';
import { MODEL_VIEW } from '../task/model-view.ts';

/** `infer models rm`. */
export function modelsRmCommand(cli: Cli): Command {
  return newCommand('rm', 'Take models out of use: they take no new tasks (--undo lets them again)', {
    examples: [
      ['infer models rm old-model', 'tasks that were accepted before still run'],
      ['infer models rm old-model --undo', 'it takes tasks again'],
    ],
    exits: ['notFound', ...SERVER_EXITS],
  })
    .argument('<models...>', 'the ids of the models')
    .option('--undo', 'let them take tasks again')
    .action(
      inSession(cli, async (session, ids: string[], { undo = false }: { undo?: boolean }) => {
        const { models } = await session.client();
        return await forEachId(session, ids, async (id) => {
          const model = await models.change(id, { disabled: !undo }, { signal: session.signal });
          session.notes.line(`${id}: ${undo ? 'takes tasks again' : 'takes no new tasks'}`);
          if (session.printer.format !== 'table') session.printer.one(model, MODEL_VIEW);
        });
      }),
    );
}
