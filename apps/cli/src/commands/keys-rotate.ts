import type { Command } from 'commander';
import { keyView } from '../admin/key-view.ts';
import type { Cli } from '../cli.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { inSession } from '../session.ts';
import { parseSeconds } from '../values/parse-seconds.ts';

/** `infer keys rotate`. */
export function keysRotateCommand(cli: Cli): Command {
  return newCommand('rotate', 'Give a key a new secret, which is shown this once; the old one works for a while', {
    examples: [
      ['infer keys rotate Qm3vT8xY', 'the old secret works for a day'],
      ['infer keys rotate Qm3vT8xY --grace 0', 'it ends at once: somebody has seen it'],
    ],
    exits: ['notFound', ...SERVER_EXITS],
  })
    .argument('<key>', 'its prefix, the 8 characters after isk_')
    .option('--grace <time>', 'how long the old secret still works: 0, 2h or 7d', parseSeconds)
    .action(
      inSession(cli, async ({ client, printer, notes, signal }, prefix: string, { grace }: { grace?: number }) => {
        const graceSeconds = grace === undefined ? undefined : Math.round(grace);
        const key = await (await client()).keys.rotate(prefix, { graceSeconds, signal });
        printer.one(key, keyView(Date.now()));
        notes.line('The new secret is shown this once.');
      }),
    );
}
