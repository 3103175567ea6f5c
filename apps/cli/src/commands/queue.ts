import type { QueueView } from '@inference/client';
import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import type { View } from '../output/printer.ts';
import { shownSeconds } from '../output/units.ts';
import { inSession } from '../session.ts';

const POOL_VIEW: View<QueueView['pools'][number]> = {
  columns: [
    { title: 'pool', text: ({ pool }) => pool },
    { title: 'queued', text: ({ queued }) => String(queued), isNumber: true },
    { title: 'running', text: ({ running }) => String(running), isNumber: true },
    {
      title: 'oldest waits',
      text: ({ oldest_queued_seconds: seconds }) => (seconds === null ? '' : shownSeconds(seconds)),
      isNumber: true,
    },
    { title: 'consumers', text: ({ consumers }) => String(consumers), isNumber: true },
  ],
  name: ({ pool }) => pool,
};

/** `infer queue`: what waits and what runs; for operators. */
export function queueCommand(cli: Cli): Command {
  return newCommand('queue', 'See what waits and what runs (for operators)', {
    examples: [
      ['infer queue', 'by pool: containers with and without a GPU, models in folders'],
      ['infer queue -o json', 'for programs'],
    ],
    exits: SERVER_EXITS,
  }).action(
    inSession(cli, async ({ client, printer, signal }) => {
      await printer.list((await (await client()).queue({ signal })).pools, POOL_VIEW);
    }),
  );
}
