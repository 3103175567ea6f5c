import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { consumersForgetCommand } from './consumers-forget.ts';
import { consumersGetCommand } from './consumers-get.ts';
import { consumersListCommand } from './consumers-list.ts';

/** `infer consumers`: who runs tasks; for operators. */
export function consumersCommand(cli: Cli): Command {
  const command = newCommand('consumers', 'See who runs tasks (for operators)', {
    examples: [['infer consumers list', 'which machines are there, and what troubles them']],
    exits: ['notFound', ...SERVER_EXITS],
  });
  for (const make of [consumersListCommand, consumersGetCommand, consumersForgetCommand]) command.addCommand(make(cli));
  return command;
}
