import type { Command } from 'commander';
import { EXIT, EXIT_SENTENCES } from './exit-codes.ts';
import { exitsOf, pageOf } from './new-command.ts';
import { processCli } from './process-cli.ts';
import { everyCommand, makeProgram } from './program.ts';

const HEAD = `# Commands of infer

<!-- Printed by \`npm run write-docs\` from the declarations in apps/cli/src/commands; do not edit it here. -->

Data goes to stdout, everything else to stderr. \`infer COMMAND --help\` shows the same as this page.
`;

/** docs/cli/commands.md, as the declarations of all commands say it. */
export function commandReference(): string {
  const program = makeProgram(processCli(new AbortController().signal));
  const exits = Object.entries(EXIT_SENTENCES).map(([exit, sentence]) => `| ${EXIT[exit as keyof typeof EXIT]} | ${sentence} |`);
  const common = ['## For every command', '', ...optionsTable(program), '', '| Exit code | |', '|---|---|', ...exits];
  const commands = everyCommand(program).filter((command) => command.commands.length === 0 && !command.name().startsWith('__'));
  return [HEAD, common.join('\n'), ...commands.map(sectionOf)].join('\n').concat('\n');
}

function sectionOf(command: Command): string {
  const page = pageOf(command);
  const args = command.registeredArguments.map((argument) => {
    const name = argument.variadic ? `${argument.name()}...` : argument.name();
    return [argument.required ? `<${name}>` : `[${name}]`, argument.description] as const;
  });
  const usage = [titleOf(command), ...args.map(([name]) => name), ...(command.options.length === 0 ? [] : ['[options]'])].join(' ');
  const lines = [
    '',
    `## ${titleOf(command)}`,
    '',
    `${command.description()}.`,
    '',
    '```sh',
    ...page.examples.map(([line, does]) => `${line}  # ${does}`),
    '```',
    '',
    `\`${usage}\``,
  ];
  if (args.length > 0) lines.push('', '| Argument | |', '|---|---|', ...args.map(([name, text]) => row(name, text)));
  if (command.options.length > 0) lines.push('', ...optionsTable(command));
  const exits = exitsOf(page).map((exit) => EXIT[exit]);
  return [...lines, '', `Exit codes: ${exits.join(', ')}.`].join('\n');
}

function titleOf(command: Command): string {
  return command.parent === null ? command.name() : `${titleOf(command.parent)} ${command.name()}`;
}

function optionsTable(command: Command): string[] {
  return [
    '| Option | |',
    '|---|---|',
    ...command.options.map(({ flags, description, argChoices }) => row(flags, withChoices(description, argChoices))),
  ];
}

function withChoices(description: string, choices: string[] | undefined): string {
  return choices === undefined ? description : `${description}: ${choices.join(', ')}`;
}

function row(name: string, text: string): string {
  return `| \`${name}\` | ${text.replaceAll('|', '\\|')} |`;
}
