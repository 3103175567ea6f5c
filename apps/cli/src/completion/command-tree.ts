import type { Command, Option } from 'commander';

/** What a shell needs to know of a command. */
export type CompletedCommand = {
  /** With the program's name: `infer models list`. */
  readonly path: string;
  readonly summary: string;
  readonly commands: readonly { readonly name: string; readonly summary: string }[];
  readonly options: readonly CompletedOption[];
  /** Ids that its arguments are; null: none, or files. */
  readonly ids: 'models' | 'tasks' | null;
};
export type CompletedOption = {
  readonly long: string;
  readonly short: string | null;
  readonly summary: string;
  readonly takesValue: boolean;
  readonly choices: readonly string[];
};

/** All commands that people see, from the declarations. */
export function commandTree(program: Command): CompletedCommand[] {
  return treeOf(program, program.name(), program.options.map(optionOf));
}

function treeOf(command: Command, path: string, common: readonly CompletedOption[]): CompletedCommand[] {
  const shown = command.commands.filter((each) => !each.name().startsWith('__'));
  const own = command.parent === null ? [] : command.options.map(optionOf);
  const name = command.registeredArguments[0]?.name();
  const here = {
    path,
    summary: command.description(),
    commands: shown.map((each) => ({ name: each.name(), summary: each.description() })),
    options: [...own, ...common],
    ids: name === 'model' || name === 'models' ? ('models' as const) : name === 'task' || name === 'tasks' ? ('tasks' as const) : null,
  };
  // The id of a model that is added is new.
  const known = path.endsWith(' models add') ? { ...here, ids: null } : here;
  return [known, ...shown.flatMap((each) => treeOf(each, `${path} ${each.name()}`, common))];
}

function optionOf({ long, short, description, required, optional, argChoices }: Option): CompletedOption {
  return { long: long ?? '', short: short ?? null, summary: description, takesValue: required || optional, choices: argChoices ?? [] };
}
