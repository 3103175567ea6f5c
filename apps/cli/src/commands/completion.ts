import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { bashCompletion } from '../completion/bash-completion.ts';
import { fishCompletion } from '../completion/fish-completion.ts';
import { zshCompletion } from '../completion/zsh-completion.ts';
import { newCommand } from '../new-command.ts';
import { inSession } from '../session.ts';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;
const EXAMPLES = {
  bash: ['source <(infer completion bash)', 'in ~/.bashrc'],
  zsh: ['source <(infer completion zsh)', 'in ~/.zshrc, after compinit'],
  fish: ['infer completion fish > ~/.config/fish/completions/infer.fish', 'once'],
} as const;

/** `infer completion`: what lets a shell complete commands, options and ids. */
export function completionCommand(cli: Cli): Command {
  const command = newCommand('completion', 'Let a shell complete commands, options, models and tasks', {
    examples: Object.values(EXAMPLES),
    exits: [],
  });
  for (const [shell, make] of Object.entries(SHELLS)) {
    const page = { examples: [EXAMPLES[shell as keyof typeof SHELLS]], exits: [] };
    command.addCommand(
      newCommand(shell, `Print it for ${shell}`, page).action(
        inSession(cli, async () => void cli.stdout.write(make(command.parent ?? command))),
      ),
    );
  }
  return command;
}
