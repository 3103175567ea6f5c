import type { ClaimedAttempt } from '@inference/contracts';
import type { Deps } from '../deps.ts';

/**
 * Pins the image of a task, beside its run: whatever its first attempt runs is what later ones are held to. Nothing is done where there is no
 * image, or one is pinned. One that nobody waits for may fail.
 */
export function pinImage({ control }: Deps, claimed: ClaimedAttempt, image: string | null, signal: AbortSignal): Promise<unknown> {
  if (image === null || claimed.pinnedImage !== null) return Promise.resolve();
  const pinned = control.pinImage(claimed, image, signal);
  pinned.catch(() => {});
  return pinned;
}
