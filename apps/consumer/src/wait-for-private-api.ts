import type { Clock } from '@inference/domain';
import { type Log, StartRefused } from '@inference/service';

/** How often a private API that is not ready is asked again, and how long it may take to answer, in milliseconds. */
const LOOK_MS = 1_000;
const ANSWER_MS = 5_000;

/**
 * Waits until the private API is ready.
 *
 * @throws StartRefused when it is not within `limitMs`
 */
export async function waitForPrivateApi(url: URL, { limitMs, clock, log }: { limitMs: number; clock: Clock; log: Log }): Promise<void> {
  const readyz = new URL('/readyz', url);
  const beganMs = clock.monotonicMs();
  for (let looks = 1; !(await isReady(readyz)); looks++) {
    if (clock.monotonicMs() - beganMs > limitMs)
      throw new StartRefused(`The private API was not ready within ${limitMs / 1000} s: ${url.origin}`);
    if (looks === 1) log.warn({ url: url.origin }, 'waiting for the private API');
    await new Promise<void>((resolve) => clock.after(LOOK_MS, resolve));
  }
}

async function isReady(url: URL): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
