import type { Clock } from '@inference/domain';
import { RecentMap } from './recent-map.ts';

/** Keys whose requests are counted; one that was pushed out begins with a full bucket. */
const KEYS_MAX = 10_000;
const MINUTE_MS = 60_000;

type Bucket = { tokens: number; atMs: number };

/**
 * Counts requests by key: a bucket holds as many as the key may make in a minute, and fills evenly. Each private API counts for itself.
 */
export class RequestRates {
  readonly #clock: Clock;
  readonly #buckets = new RecentMap<string, Bucket>(KEYS_MAX);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes one request; answers 0, or after how many seconds it would be allowed. */
  take(key: string, perMinuteMax: number): number {
    const nowMs = this.#clock.monotonicMs();
    const before = this.#buckets.get(key) ?? { tokens: perMinuteMax, atMs: nowMs };
    const filled = Math.min(perMinuteMax, before.tokens + ((nowMs - before.atMs) * perMinuteMax) / MINUTE_MS);
    const isAllowed = filled >= 1;
    this.#buckets.set(key, { tokens: isAllowed ? filled - 1 : filled, atMs: nowMs });
    return isAllowed ? 0 : Math.max(1, Math.ceil(((1 - filled) * MINUTE_MS) / perMinuteMax / 1000));
  }
}
