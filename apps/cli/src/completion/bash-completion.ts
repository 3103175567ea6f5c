import type { Command } from 'commander';
import { type CompletedCommand, type CompletedOption, commandTree } from './command-tree.ts';

// zsh reads this, too: there, `path` and `words` would be its own.

/** The completion for bash. Words of ours have no character that a shell would act on; ids are checked by `__complete`. */
export function bashCompletion(program: Command): string {
  const tree = commandTree(program);
  const values = new Map(
    tree.flatMap(({ options }) => options.filter(({ takesValue }) => takesValue).map((option) => [option.long, option])),
  );
  return `# infer: completion for bash
_infer() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" command=infer proposals="" ids="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "$command \${COMP_WORDS[i]}" in
      ${tree
        .filter(({ path }) => path !== 'infer')
        .map(({ path }) => `"${path}"`)
        .join(' | ')}) command="$command \${COMP_WORDS[i]}" ;;
    esac
  done
  COMPREPLY=()
  case "$prev" in
${[...values.values()].map(valueCase).join('\n')}
  esac
  case "$command" in
${tree.map(commandCase).join('\n')}
  esac
  if [[ -n "$ids" && "$cur" != -* ]]; then proposals="$proposals $(infer __complete "$ids" 2>/dev/null)"; fi
  COMPREPLY=($(compgen -W "$proposals" -- "$cur"))
}
complete -o default -F _infer infer
`;
}

/** After an option with a value: its choices, or files. */
function valueCase({ long, short, choices }: CompletedOption): string {
  const names = short === null ? long : `${short} | ${long}`;
  const reply = choices.length === 0 ? '' : ` COMPREPLY=($(compgen -W "${choices.join(' ')}" -- "$cur"));`;
  return `    ${names})${reply} return ;;`;
}

function commandCase({ path, commands, options, ids }: CompletedCommand): string {
  const words = [...commands.map(({ name }) => name), ...options.map(({ long }) => long)].join(' ');
  return `    "${path}") proposals="${words}"${ids === null ? '' : ` ids=${ids}`} ;;`;
}
