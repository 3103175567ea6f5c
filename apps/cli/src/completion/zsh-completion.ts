import type { Command } from 'commander';
import { bashCompletion } from './bash-completion.ts';

/** The completion for zsh, which reads that of bash. */
export function zshCompletion(program: Command): string {
  return `autoload -U +X bashcompinit && bashcompinit\n${bashCompletion(program)}`;
}
