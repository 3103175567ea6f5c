import type { Command } from 'commander';
import { keyView } from '../admin/key-view.ts';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { plainText } from '../output/plain-text.ts';
import { inSession } from '../session.ts';

/** `infer keys get`. */
export function keysGetCommand(cli: Cli): Command {
  return newCommand('get', 'Show a key; its secret is not kept anywhere', {
    examples: [['infer keys get Qm3vT8xY', 'scopes, limits, its end, its last use']],
    exits: ['notFound', ...SERVER_EXITS],
  })
    .argument('<key>', 'its prefix, the 8 characters after isk_')
    .action(
      inSession(cli, async ({ client, printer, notes, signal }, prefix: string) => {
        for await (const key of (await client()).keys.list({ signal })) {
          if (key.prefix !== prefix) continue;
          printer.one(key, keyView(Date.now()));
          return EXIT.ok;
        }
        notes.always(plainText(`There is no key ${prefix}. See: infer keys list`));
        return EXIT.notFound;
      }),
    );
}
