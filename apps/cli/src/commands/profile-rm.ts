import type { Command } from 'commander';
import type { Cli } from '../cli.ts';
import { readProfiles } from '../connection/profile-file.ts';
import { saveProfiles } from '../connection/save-profiles.ts';
import { savedProfile } from '../connection/saved-profile.ts';
import { newCommand } from '../new-command.ts';
import { inSession } from '../session.ts';

/** `infer profile rm`. */
export function profileRmCommand(cli: Cli): Command {
  return newCommand('rm', 'Forget a saved server and key; the key itself stays good', {
    examples: [['infer profile rm lab', 'infer keys revoke ends a key']],
    exits: ['error'],
  })
    .argument('<name>', 'the name it was saved under')
    .action(
      inSession(cli, async (_session, name: string) => {
        const { configFolder } = cli.environment;
        const saved = await readProfiles(configFolder);
        savedProfile(saved, name);
        const profiles = Object.fromEntries(Object.entries(saved.profiles).filter(([each]) => each !== name));
        await saveProfiles(configFolder, { current: saved.current === name ? null : saved.current, profiles });
      }),
    );
}
