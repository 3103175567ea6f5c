import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** The folder of our state, as the environment has it: XDG_STATE_HOME, which counts only where it is absolute, else ~/.local/state. */
export function stateFolderOf(environment: Readonly<Record<string, string | undefined>>): string {
  const chosen = environment['XDG_STATE_HOME'] ?? '';
  return join(isAbsolute(chosen) ? chosen : join(homedir(), '.local', 'state'), 'inference-server');
}
