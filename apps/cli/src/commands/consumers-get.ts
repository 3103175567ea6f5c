import type { Command } from 'commander';
import { consumerView } from '../admin/consumer-view.ts';
import type { Cli } from '../cli.ts';
import { EXIT } from '../exit-codes.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { plainText } from '../output/plain-text.ts';
import { inSession } from '../session.ts';

/** `infer consumers get`. */
export function consumersGetCommand(cli: Cli): Command {
  return newCommand('get', 'Show a consumer', {
    examples: [['infer consumers get standalone', 'pools, GPUs, what it runs, what troubles it']],
    exits: ['notFound', ...SERVER_EXITS],
  })
    .argument('<consumer>', 'its id')
    .action(
      inSession(cli, async ({ client, printer, notes, signal }, id: string) => {
        const found = (await (await client()).consumers({ signal })).find((consumer) => consumer.id === id);
        if (found === undefined) {
          notes.always(plainText(`There is no consumer ${id}. See: infer consumers list`));
          return EXIT.notFound;
        }
        printer.one(found, consumerView(Date.now()));
        return EXIT.ok;
      }),
    );
}
