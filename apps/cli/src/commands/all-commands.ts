import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { doctorCommand } from './doctor.ts';
import { downCommand } from './down.ts';
import { modelsCommand } from './models.ts';
import { runCommand } from './run.ts';
import { statusCommand } from './status.ts';
import { tasksCommand } from './tasks.ts';
import { upCommand } from './up.ts';

/** Every command, in the order of the help page. A new one is a file in this folder and a line here. */
export const ALL_COMMANDS: readonly ((cli: Cli) => Command)[] = [
  runCommand,
  modelsCommand,
  tasksCommand,
  upCommand,
  statusCommand,
  downCommand,
  doctorCommand,
];
