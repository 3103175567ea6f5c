import type { AttemptJournal } from '../journal/attempt-journal.ts';

/**
 * A signal that follows another once the journal has forgotten the attempt, for as long as it is used: whoever goes on with a model that was
 * told to end, and ended well, would serve half of its output. What is noted after that, as of a model that has ended by itself, stays.
 */
export async function forgetThenStop(
  wanted: AbortSignal,
  journal: Pick<AttemptJournal, 'forget'>,
): Promise<Disposable & { readonly signal: AbortSignal }> {
  const stopped = new AbortController();
  const over = new AbortController();
  const stop = async () => {
    await journal.forget();
    stopped.abort(wanted.reason);
  };
  if (wanted.aborted) await stop();
  else wanted.addEventListener('abort', () => void stop(), { once: true, signal: over.signal });
  return { signal: stopped.signal, [Symbol.dispose]: () => over.abort() };
}
