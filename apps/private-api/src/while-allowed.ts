import { AppError, type Clock } from '@inference/domain';
import type { Response } from 'express';
import { isStillAllowed } from './allow.ts';

/**
 * Whether the caller may still use the route is asked so often, in milliseconds. Together with the time that a key is remembered, an
 * answer that stays open ends at most 20 seconds after its key was revoked, expired or lost the scope, on whichever private API.
 */
export const ACCESS_LOOK_MS = 10_000;

/** Aborted once the caller may not use the route any more. It looks for as long as the answer is open. */
export function whileAllowed(response: Response, clock: Clock): AbortSignal {
  const over = new AbortController();
  let cancel = (): void => {};
  const lookLater = (): void => {
    if (response.closed) return;
    cancel = clock.after(ACCESS_LOOK_MS, () => {
      void mayStay(response).then((may) => (may ? lookLater() : over.abort()));
    });
  };
  response.once('close', () => cancel());
  lookLater();
  return over.signal;
}

async function mayStay(response: Response): Promise<boolean> {
  try {
    return await isStillAllowed(response);
  } catch (error) {
    // Whatever is no refusal is an outage: who looks at the database for the answer itself tells of it, and this is asked again.
    return !(error instanceof AppError) || error.code === 'unavailable';
  }
}
