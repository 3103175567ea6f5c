import { UsageError } from '../usage-error.ts';
import type { Profile, Profiles } from './profile-file.ts';

/** The profile of a name. Throws UsageError, with the names that there are. */
export function savedProfile({ profiles }: Profiles, name: string): Profile {
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (profile !== undefined) return profile;
  throw new UsageError(`There is no profile ${name}. There are: ${Object.keys(profiles).join(', ') || 'none'}.`);
}
