import { mkdir, rename, writeFile } from 'node:fs/promises';
import { type Profiles, profileFile } from './profile-file.ts';

/** Saves all profiles for their owner only, whole or not at all: who is interrupted keeps those that were there. */
export async function saveProfiles(configFolder: string, profiles: Profiles): Promise<void> {
  await mkdir(configFolder, { recursive: true, mode: 0o700 });
  const file = profileFile(configFolder);
  const part = `${file}.${process.pid}`;
  await writeFile(part, `${JSON.stringify(profiles, null, 2)}\n`, { mode: 0o600 });
  await rename(part, file);
}
