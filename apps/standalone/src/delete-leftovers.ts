import type { Log, Loop } from '@inference/service';

/**
 * Deletes old files once, before the server serves: its process alone holds the folder, so what no row names then was left by a crash, however
 * young. What cannot be deleted is told, and does not keep the server from starting: the loop tries again.
 */
export async function deleteLeftovers(loop: Loop, log: Log): Promise<void> {
  try {
    await loop.runOnce();
  } catch (error) {
    log.error({ err: error, loop: loop.name }, 'not all old files could be deleted');
  }
}
