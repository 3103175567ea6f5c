import type { Command } from 'commander';
import { Option } from 'commander';
import type { Cli } from './cli.ts';
import { ALL_COMMANDS } from './commands/all-commands.ts';
import { newCommand, SERVER_EXITS } from './new-command.ts';
import { FORMATS } from './output/format.ts';
import { parseSeconds } from './values/parse-seconds.ts';

/** The whole command line. */
export function makeProgram(cli: Cli): Command {
  const program = newCommand('infer', 'Runs models on an InferenceServer: zip in, zip out.', {
    examples: [
      ['infer up', 'start a server on this machine'],
      ['infer models list', 'what there is to run'],
      ['infer run word-count ./texts', 'zip a folder, run a model on it, get the result'],
      ['infer tasks list --state failed', 'what went wrong'],
    ],
    exits: ['taskFailed', 'notFound', 'timedOut', 'taskCancelled', ...SERVER_EXITS],
  });
  program.version(cli.version, '-V, --version', 'print the version');
  program.addOption(new Option('-o, --output <format>', 'how to print data').choices(FORMATS).default('table'));
  program.option('--url <address>', 'the server, such as http://gpu-box:7420');
  program.option('--profile <name>', 'a server and key that were saved under a name');
  program.option('--token-stdin', 'read the key from stdin');
  program.option('--timeout <time>', 'give up waiting after this: 90, 90s, 30m or 2h', parseSeconds);
  program.option('--cacert <file>', 'trust the authority whose certificate (PEM) lies there');
  program.option('--insecure', 'take any certificate: whoever sits in between can read and change everything');
  program.option('-q, --quiet', 'print data and errors only');
  program.option('-v, --verbose', 'tell of each request');
  program.option('--no-color', 'print no colours (NO_COLOR and TERM=dumb do the same)');
  program.option('-y, --yes', 'do not ask');
  program.option('--legacy', 'the server is one of the Python original: run, models list, models add and tasks output work with it');
  for (const makeCommand of ALL_COMMANDS) addTo(program, makeCommand(cli));
  const write = (stream: NodeJS.WritableStream) => (text: string) => void stream.write(text);
  for (const command of everyCommand(program)) command.configureOutput({ writeOut: write(cli.stdout), writeErr: write(cli.stderr) });
  return program;
}

/** Commands for programs of ours have names that begin with __; no page shows them. */
function addTo(program: Command, command: Command): void {
  program.addCommand(command, { hidden: command.name().startsWith('__') });
}

/** A command and all below it. */
export function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}
