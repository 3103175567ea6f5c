import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { plainText } from '../output/plain-text.ts';
import { inSession } from '../session.ts';
import { forEachId } from '../task/for-each-id.ts';

/** `infer consumers forget`. */
export function consumersForgetCommand(cli: Cli): Command {
  return newCommand('forget', 'Forget consumers that are stopped, so that another key may use their names', {
    examples: [['infer consumers forget gpu-1', 'the next that says hello as gpu-1 has the name']],
    exits: ['notFound', ...SERVER_EXITS],
  })
    .argument('<consumers...>', 'their ids')
    .action(
      inSession(cli, async (session, ids: string[]) => {
        const client = await session.client();
        return await forEachId(session, ids, async (id) => {
          await client.forgetConsumer(id, { signal: session.signal });
          session.notes.line(plainText(`${id}: forgotten`));
        });
      }),
    );
}
