import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { modelsAddCommand } from './models-add.ts';
import { modelsGetCommand } from './models-get.ts';
import { modelsListCommand } from './models-list.ts';
import { modelsRmCommand } from './models-rm.ts';
import { modelsSuggestLimitsCommand } from './models-suggest-limits.ts';
import { modelsTestCommand } from './models-test.ts';

/** `infer models`: what there is to run. */
export function modelsCommand(cli: Cli): Command {
  const command = newCommand('models', 'See, add, try and remove models', {
    examples: [
      ['infer models list', 'what there is to run'],
      ['infer models add my-model --image my-lab/my-model:1', 'register an image'],
    ],
    exits: ['notFound', 'taskFailed', ...SERVER_EXITS],
  });
  for (const make of [
    modelsListCommand,
    modelsGetCommand,
    modelsAddCommand,
    modelsTestCommand,
    modelsSuggestLimitsCommand,
    modelsRmCommand,
  ])
    command.addCommand(make(cli));
  return command;
}
