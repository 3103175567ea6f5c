import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { newCommand } from '../new-command.ts';
import { profileAddCommand } from './profile-add.ts';
import { profileCurrentCommand } from './profile-current.ts';
import { profileListCommand } from './profile-list.ts';
import { profileRmCommand } from './profile-rm.ts';
import { profileUseCommand } from './profile-use.ts';

/** `infer profile`: servers and keys under names. */
export function profileCommand(cli: Cli): Command {
  const command = newCommand('profile', 'Save servers and keys under names', {
    examples: [
      ['infer profile add lab --url http://gpu-box:7420', 'asks for the key, and saves both'],
      ['infer profile use lab', 'from now on'],
    ],
    exits: ['error', 'notFound'],
  });
  for (const make of [profileListCommand, profileCurrentCommand, profileUseCommand, profileAddCommand, profileRmCommand])
    command.addCommand(make(cli));
  return command;
}
