import { CONSUMER_ROUTES, type Lease, MESSAGE_LIMITS, type RenewReply, renewAnswerSchema } from '@inference/contracts';
import { AppError, type Clock } from '@inference/domain';
import type { Api } from './api.ts';
import { ask } from './ask.ts';

/** An attempt that ends sooner is not worth a question, in milliseconds. */
const FIRST_MS = 500;
/** From one question to the next is so long at least, in milliseconds: the private API may be away, or one that answers at once. */
const AGAIN_MS = 5_000;
/** What an answer may take beyond the time that it is held, in milliseconds. */
const ANSWER_MS = 5_000;

/**
 * Hears at once when an attempt should stop, which a renewal would tell seconds later: asks with a request whose answer is held until
 * then. What fails is not told: the renewals of the same lease do. Goes on until the returned function is called.
 */
export function watchStop(api: Api, { taskUid, attempt, token }: Lease, { clock, onReply }: WatchOptions): () => void {
  const aborter = new AbortController();
  const question = {
    route: CONSUMER_ROUTES.awaitStop,
    values: { taskUid, attempt },
    token,
    timeoutMs: MESSAGE_LIMITS.stopHeldMs + ANSWER_MS,
  };
  const watch = async () => {
    const begunMs = clock.monotonicMs();
    const reply = await ask(api, { ...question, signal: aborter.signal }, renewAnswerSchema).then(
      (answer) => answer?.reply ?? 'continue',
      (error: unknown) => (error instanceof AppError && error.code === 'stale' ? 'stale' : 'continue'),
    );
    if (aborter.signal.aborted) return;
    if (reply !== 'continue') onReply(reply);
    else cancel = clock.after(Math.max(0, AGAIN_MS - (clock.monotonicMs() - begunMs)), () => void watch());
  };
  let cancel = clock.after(FIRST_MS, () => void watch());
  return () => {
    cancel();
    aborter.abort();
  };
}

type WatchOptions = { readonly clock: Clock; readonly onReply: (reply: RenewReply) => void };
