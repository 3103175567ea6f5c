import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { tasksCancelCommand } from './tasks-cancel.ts';
import { tasksExplainCommand } from './tasks-explain.ts';
import { tasksGetCommand } from './tasks-get.ts';
import { tasksListCommand } from './tasks-list.ts';
import { tasksLogsCommand } from './tasks-logs.ts';
import { tasksOutputCommand } from './tasks-output.ts';
import { tasksRetryCommand } from './tasks-retry.ts';
import { tasksWatchCommand } from './tasks-watch.ts';

const BELOW = [
  tasksListCommand,
  tasksGetCommand,
  tasksExplainCommand,
  tasksWatchCommand,
  tasksLogsCommand,
  tasksOutputCommand,
  tasksCancelCommand,
  tasksRetryCommand,
];

/** `infer tasks`: what became of inputs. */
export function tasksCommand(cli: Cli): Command {
  const command = newCommand('tasks', 'See, follow, stop and repeat tasks', {
    examples: [
      ['infer tasks list', 'your tasks, newest first'],
      ['infer tasks watch ID', 'wait for the end of one'],
      ['infer tasks explain ID', 'why one waits'],
      ['infer tasks list --state failed -o name | xargs infer tasks retry', 'run what failed once more'],
    ],
    exits: ['taskFailed', 'notFound', 'timedOut', 'taskCancelled', ...SERVER_EXITS],
  });
  for (const make of BELOW) command.addCommand(make(cli));
  return command;
}
