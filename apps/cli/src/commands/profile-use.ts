import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { readProfiles } from '../connection/profile-file.ts';
import { saveProfiles } from '../connection/save-profiles.ts';
import { savedProfile } from '../connection/saved-profile.ts';
import { newCommand } from '../new-command.ts';
import { plainText } from '../output/plain-text.ts';
import { inSession } from '../session.ts';

/** `infer profile use`. */
export function profileUseCommand(cli: Cli): Command {
  return newCommand('use', 'Use a saved server and key from now on', {
    examples: [['infer profile use lab', 'where no flag, variable or project names another']],
    exits: ['error'],
  })
    .argument('<name>', 'the name it was saved under')
    .action(
      inSession(cli, async ({ notes }, name: string) => {
        const { configFolder } = cli.environment;
        const saved = await readProfiles(configFolder);
        const { url } = savedProfile(saved, name);
        await saveProfiles(configFolder, { ...saved, current: name });
        notes.line(plainText(`From now on: ${url}`));
      }),
    );
}
