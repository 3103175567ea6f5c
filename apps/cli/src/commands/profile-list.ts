import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { readProfiles } from '../connection/profile-file.ts';
import { PROFILE_VIEW, shownProfiles } from '../connection/profile-view.ts';
import { newCommand } from '../new-command.ts';
import { inSession } from '../session.ts';

/** `infer profile list`. */
export function profileListCommand(cli: Cli): Command {
  return newCommand('list', 'List what is saved; keys are not shown', {
    examples: [['infer profile list', 'names and addresses']],
    exits: ['error'],
  }).action(
    inSession(cli, async ({ printer, notes }) => {
      const count = await printer.list(shownProfiles(await readProfiles(cli.environment.configFolder)), PROFILE_VIEW);
      if (count === 0) notes.line('Nothing is saved yet: infer profile add NAME --url ADDRESS');
    }),
  );
}
