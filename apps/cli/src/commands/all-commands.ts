import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { apiCommand } from './api.ts';
import { auditCommand } from './audit.ts';
import { benchCommand } from './bench.ts';
import { completeCommand } from './complete.ts';
import { completionCommand } from './completion.ts';
import { consumersCommand } from './consumers.ts';
import { doctorCommand } from './doctor.ts';
import { downCommand } from './down.ts';
import { gpusCommand } from './gpus.ts';
import { helpCommand } from './help.ts';
import { initCommand } from './init.ts';
import { keysCommand } from './keys.ts';
import { modelsCommand } from './models.ts';
import { profileCommand } from './profile.ts';
import { queueCommand } from './queue.ts';
import { runCommand } from './run.ts';
import { statusCommand } from './status.ts';
import { tasksCommand } from './tasks.ts';
import { upCommand } from './up.ts';

/** Every command, in the order of the help page. A new one is a file in this folder and a line here. */
export const ALL_COMMANDS: readonly ((cli: Cli) => Command)[] = [
  runCommand,
  modelsCommand,
  tasksCommand,
  initCommand,
  upCommand,
  statusCommand,
  downCommand,
  doctorCommand,
  profileCommand,
  keysCommand,
  consumersCommand,
  gpusCommand,
  queueCommand,
  auditCommand,
  benchCommand,
  apiCommand,
  completionCommand,
  helpCommand,
  completeCommand,
];
