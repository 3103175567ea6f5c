import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';

/** What `flock` exits with when somebody else has the lock. */
const TAKEN = 1;

/**
 * Locks a file for this process alone, on this machine or, on a shared file system, among machines; containers that mount the same
 * folder see it, too. The kernel frees the lock when the process dies, however it dies.
 *
 * @returns what frees the lock, or null when another process has it
 */
export async function lockFile(path: string): Promise<(() => void) | null> {
  const descriptor = openSync(path, 'a', 0o600);
  try {
    // Node cannot lock. The lock belongs to the open file, which flock inherits: it stays ours when flock has ended.
    const flock = spawn('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', descriptor] });
    const [code] = (await once(flock, 'exit')) as [number | null];
    if (code === 0) return () => closeSync(descriptor);
    if (code !== TAKEN) throw new Error(`flock failed with exit code ${code}`);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  closeSync(descriptor);
  return null;
}
