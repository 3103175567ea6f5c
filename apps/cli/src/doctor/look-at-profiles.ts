import { chmod, stat } from 'node:fs/promises';
import { profileFile, readProfiles } from '../connection/profile-file.ts';
import { broken, type Finding, fine } from './finding.ts';

/** Readable for its owner only. */
const OWN_MODE = 0o600;

/** Looks at the file with the saved servers and keys: whether it can be read, and by its owner only. */
export async function lookAtProfiles(configFolder: string): Promise<Finding> {
  const file = profileFile(configFolder);
  const found = await stat(file).catch(() => null);
  if (found === null) return fine('profiles', 'None are saved. infer profile add saves one.');
  let names: string[];
  let current: string | null;
  try {
    const saved = await readProfiles(configFolder);
    [names, current] = [Object.keys(saved.profiles), saved.current];
  } catch (error) {
    return broken('profiles', (error as Error).message, `rm '${file}', then infer profile add NAME --url ADDRESS --token-stdin`);
  }
  if ((found.mode & 0o077) !== 0) {
    const mend = () => chmod(file, OWN_MODE);
    return {
      ...broken('profiles', `Others on this machine may read the keys in ${file}.`, `chmod 600 '${file}' (or: infer doctor --fix)`),
      mend,
    };
  }
  if (current !== null && !names.includes(current))
    return broken(
      'profiles',
      `The current profile ${current} is not among those saved: ${names.join(', ') || 'none'}.`,
      'infer profile use NAME',
    );
  return fine('profiles', names.length === 0 ? 'None are saved.' : `${names.join(', ')}; current: ${current ?? 'none'}.`);
}
