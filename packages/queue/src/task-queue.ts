import type { Pool } from '@inference/domain';

/**
 * Wakes consumers. A ring says "this pool has work" and may be lost, doubled, late or out of order without harm:
 * the database decides what runs, and idle consumers ask by themselves.
 */
export interface TaskQueue {
  /** Rings a pool. Resolves once the ring is in safe hands; rejects when it is not (the caller rings again later). */
  ring(pool: Pool, taskUid: string): Promise<void>;
  /** Calls `onRing` for rings of the pool until the listener is closed. */
  listen(pool: Pool, onRing: (taskUid: string) => void): Promise<Listener>;
  close(): Promise<void>;
}

export interface Listener {
  close(): Promise<void>;
}
