import type { Pool } from '@inference/domain';

/**
 * Wakes consumers. A ring says "this pool has work" and may be lost, doubled, late or out of order without harm:
 * the database decides what runs, and idle consumers ask by themselves.
 */
export interface TaskQueue {
  /**
   * Rings a pool: one of those who listen to it will hear, now or once it listens again. Resolves when the ring is in safe hands;
   * rejects within seconds when it is not, and the caller rings again later.
   */
  ring(pool: Pool, taskUid: string): Promise<void>;
  /**
   * Listens to a pool: now, or as soon as the queue can be reached, and again whenever it was away. Each ring goes to one listener of
   * the pool, and a listener gets its next one when the promise of `onRing`, which must not reject, has settled.
   */
  listen(pool: Pool, onRing: (taskUid: string) => Promise<void>): Listener;
  /** Whether rings get through now. */
  health(): QueueHealth;
  /** Stops listening, waits a while for rings and listeners under way, and lets go. */
  close(): Promise<void>;
}

export interface Listener {
  /** Takes no rings for now: they go to others, or wait. One that was on its way may still come. */
  pause(): void;
  /** Takes rings again. */
  resume(): void;
  /** Takes no ring any more; resolves when the last one is dealt with. */
  close(): Promise<void>;
}

/** `reason` is a sentence for operators. */
export type QueueHealth = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Rings that wait in one pool's queue. With more, the oldest goes: whoever is woken asks until nothing is due. */
export const RINGS_WAITING_MAX = 256;
