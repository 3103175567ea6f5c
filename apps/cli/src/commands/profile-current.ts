import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { readProfiles } from '../connection/profile-file.ts';
import { PROFILE_VIEW, shownProfiles } from '../connection/profile-view.ts';
import { EXIT } from '../exit-codes.ts';
import { newCommand } from '../new-command.ts';
import { inSession } from '../session.ts';

/** `infer profile current`. */
export function profileCurrentCommand(cli: Cli): Command {
  return newCommand('current', 'Show the one that is used; ends with 5 where none is', {
    examples: [['infer profile current -o name', 'its name']],
    exits: ['error', 'notFound'],
  }).action(
    inSession(cli, async ({ printer, notes }) => {
      const found = shownProfiles(await readProfiles(cli.environment.configFolder)).find(({ current }) => current);
      if (found === undefined) {
        notes.always('None is current. Choose one: infer profile use NAME');
        return EXIT.notFound;
      }
      printer.one(found, PROFILE_VIEW);
      return EXIT.ok;
    }),
  );
}
