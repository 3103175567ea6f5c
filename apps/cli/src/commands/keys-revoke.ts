import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { plainText } from '../output/plain-text.ts';
import { inSession } from '../session.ts';
import { forEachId } from '../task/for-each-id.ts';

/** `infer keys revoke`. */
export function keysRevokeCommand(cli: Cli): Command {
  return newCommand('revoke', 'End keys for good; again and again does no harm', {
    examples: [['infer keys revoke Qm3vT8xY', 'it opens nothing any more']],
    exits: ['notFound', ...SERVER_EXITS],
  })
    .argument('<keys...>', 'their prefixes, the 8 characters after isk_')
    .action(
      inSession(cli, async (session, prefixes: string[]) => {
        const { keys } = await session.client();
        return await forEachId(session, prefixes, async (prefix) => {
          await keys.revoke(prefix, { signal: session.signal });
          session.notes.line(plainText(`${prefix}: revoked`));
        });
      }),
    );
}
