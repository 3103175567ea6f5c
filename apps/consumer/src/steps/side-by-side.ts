/**
 * Does two things side by side. When one fails, the other is aborted; both have ended by the time this answers or rejects, so that
 * nothing works on in folders that the caller removes.
 */
export async function sideBySide<A, B>(
  signal: AbortSignal,
  first: (signal: AbortSignal) => Promise<A>,
  second: (signal: AbortSignal) => Promise<B>,
): Promise<[A, B]> {
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  const watch = async <T>(work: (signal: AbortSignal) => Promise<T>) => {
    try {
      return await work(both);
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  };
  const [a, b] = await Promise.allSettled([watch(first), watch(second)]);
  // The first failure is the cause; the other side may only say that it was aborted.
  if (failed.signal.aborted) throw failed.signal.reason;
  return [(a as PromiseFulfilledResult<A>).value, (b as PromiseFulfilledResult<B>).value];
}
