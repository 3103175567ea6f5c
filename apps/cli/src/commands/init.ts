import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { newCommand } from '../new-command.ts';
import { initModelCommand } from './init-model.ts';

/** `infer init`: beginnings. */
export function initCommand(cli: Cli): Command {
  const command = newCommand('init', 'Begin a model of your own', {
    examples: [['infer init model ./my-model', 'a folder with a model that works']],
    exits: ['error'],
  });
  return command.addCommand(initModelCommand(cli));
}
