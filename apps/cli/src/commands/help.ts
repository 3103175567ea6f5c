import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { EXIT, EXIT_SENTENCES, type Exit } from '../exit-codes.ts';
import { newCommand } from '../new-command.ts';
import { inSession } from '../session.ts';
import { UsageError } from '../usage-error.ts';

const EXITS = Object.keys(EXIT) as Exit[];

/** `infer help`: the page of a command, or what exit codes mean. */
export function helpCommand(cli: Cli): Command {
  const command = newCommand('help', 'Show the page of a command, or what exit codes mean', {
    examples: [
      ['infer help run', 'the same as infer run --help'],
      ['infer help exit-codes', 'for scripts'],
    ],
    exits: [],
  }).argument('[topic...]', 'a command, or exit-codes');
  return command.action(
    inSession(cli, async ({ printer }, topic: string[]) => {
      if (topic[0] !== 'exit-codes') cli.stdout.write(`${pageOf(command.parent ?? command, topic)}`);
      else await printer.list(exitCodes(), EXIT_VIEW);
    }),
  );
}

type ExitCode = { readonly code: number; readonly name: Exit; readonly meaning: string };
const EXIT_VIEW = {
  columns: [
    { title: 'code', text: ({ code }: ExitCode) => String(code), isNumber: true },
    { title: 'meaning', text: ({ meaning }: ExitCode) => meaning },
  ],
  name: ({ code }: ExitCode) => String(code),
};

function exitCodes(): ExitCode[] {
  return EXITS.map((name) => ({ code: EXIT[name], name, meaning: EXIT_SENTENCES[name] }));
}

function pageOf(program: Command, topic: readonly string[]): string {
  let command = program;
  for (const word of topic) {
    const found = command.commands.find((each) => each.name() === word);
    if (found === undefined) throw new UsageError(`There is no command "${topic.join(' ')}". See: infer --help`);
    command = found;
  }
  let text = '';
  const { writeOut } = command.configureOutput();
  command.configureOutput({ writeOut: (piece) => (text += piece) });
  command.outputHelp();
  command.configureOutput({ ...(writeOut === undefined ? {} : { writeOut }) });
  return text;
}
