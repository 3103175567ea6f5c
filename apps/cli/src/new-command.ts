import { Command } from 'commander';
import { EXIT, EXIT_SENTENCES, type Exit } from './exit-codes.ts';

/** What a help page and the reference tell beside arguments and options. */
export type CommandPage = {
  /** A command line as one would type it, and what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  /** How it may end, beside `ok`, `usage` and, where it speaks to a server, those of SERVER_EXITS. */
  readonly exits: readonly Exit[];
};

/** How each command that speaks to a server may end. */
export const SERVER_EXITS = ['error', 'keyNeeded', 'interrupted'] as const satisfies readonly Exit[];

const PAGES = new WeakMap<Command, CommandPage>();

/** The page of a command that `newCommand` made. */
export function pageOf(command: Command): CommandPage {
  const page = PAGES.get(command);
  if (page === undefined) throw new Error(`the command ${command.name()} was not made by newCommand`);
  return page;
}

/** How a command may end, in order. */
export function exitsOf({ exits }: CommandPage): Exit[] {
  const all = new Set<Exit>(['ok', 'usage', ...exits]);
  return (Object.keys(EXIT) as Exit[]).filter((exit) => all.has(exit));
}

/** A command whose help page begins with examples and ends with its exit codes. Whatever it cannot understand is thrown. */
export function newCommand(name: string, summary: string, page: CommandPage): Command {
  const command = new Command(name).description(summary).exitOverride().helpCommand(false).showSuggestionAfterError(true);
  PAGES.set(command, page);
  command.configureHelp({ showGlobalOptions: true, sortSubcommands: false });
  command.addHelpText('before', `${examplesText(page)}\n`);
  command.addHelpText('after', `\nExit codes:\n${exitsText(page)}`);
  return command;
}

function examplesText({ examples }: CommandPage): string {
  const width = Math.max(0, ...examples.map(([line]) => line.length));
  return `Examples:\n${examples.map(([line, does]) => `  ${line.padEnd(width)}  ${does}`).join('\n')}\n`;
}

function exitsText(page: CommandPage): string {
  return exitsOf(page)
    .map((exit) => `  ${String(EXIT[exit]).padEnd(4)} ${EXIT_SENTENCES[exit]}`)
    .join('\n');
}
