import { join } from 'node:path';
import { readJsonFile } from './read-json-file.ts';

/** A server and key that were saved under a name. */
export type Profile = { readonly url: string; readonly token?: string; readonly tokenEndsAt?: string };
/** All of them, and the one that is used where none is named. */
export type Profiles = { readonly current: string | null; readonly profiles: Readonly<Record<string, Profile>> };

/** Where they are kept: readable for their owner only (0600), for it holds keys. */
export function profileFile(configFolder: string): string {
  return join(configFolder, 'profiles.json');
}

/** The saved profiles; none where there is no file. */
export async function readProfiles(configFolder: string): Promise<Profiles> {
  const file = profileFile(configFolder);
  const { current = null, profiles = {} } = (await readJsonFile(file)) ?? {};
  if (typeof profiles !== 'object' || profiles === null) throw new Error(`${file}: "profiles" is no object.`);
  return { current: typeof current === 'string' ? current : null, profiles: profiles as Record<string, Profile> };
}
