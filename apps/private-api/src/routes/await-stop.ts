import { MESSAGE_LIMITS } from '@inference/contracts';
import { AppError } from '@inference/domain';
import type { RequestHandler } from 'express';
import type { Deps } from '../deps.ts';
import { leaseOf } from '../lease-of.ts';
import { awaitStop } from '../services/await-stop.ts';

/** GET /api/attempts/{taskUid}/{attempt}/stop -> 200, `stop` as soon as the user cancels, or `continue` after a while; 409 when the lease is over. */
export function awaitStopRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const signal = AbortSignal.any([gone.signal, deps.feeds.closing]);
    const reply = await awaitStop(deps, leaseOf(request), { signal, timeoutMs: MESSAGE_LIMITS.stopHeldMs });
    if (reply === 'stale') throw new AppError('stale');
    response.json({ reply });
  };
}
