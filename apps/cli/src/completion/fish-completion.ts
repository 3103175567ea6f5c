import type { Command } from 'commander';
import { type CompletedCommand, commandTree } from './command-tree.ts';

/** The completion for fish. */
export function fishCompletion(program: Command): string {
  return ['# infer: completion for fish', ...commandTree(program).flatMap(linesOf)].join('\n').concat('\n');
}

function linesOf(command: CompletedCommand): string[] {
  const words = command.path.split(' ').slice(1);
  const others = command.commands.map(({ name }) => name).join(' ');
  const seen = words.map((word) => `__fish_seen_subcommand_from ${word}`);
  const open = others === '' ? [] : [`not __fish_seen_subcommand_from ${others}`];
  const when = [...seen, ...open].join('; and ');
  const line = (rest: string) => `complete -c infer${when === '' ? '' : ` -n ${quoted(when)}`} ${rest}`;
  return [
    ...command.commands.map(({ name, summary }) => line(`-f -a ${name} -d ${quoted(summary)}`)),
    ...(command.ids === null ? [] : [line(`-a '(infer __complete ${command.ids})'`)]),
    ...command.options.map(({ long, short, summary, takesValue, choices }) =>
      line(
        [
          `-l ${long.slice(2)}`,
          ...(short === null ? [] : [`-s ${short.slice(1)}`]),
          ...(takesValue ? ['-r'] : []),
          ...(choices.length === 0 ? [] : [`-f -a ${quoted(choices.join(' '))}`]),
          `-d ${quoted(summary)}`,
        ].join(' '),
      ),
    ),
  ];
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
