import type { Failure } from './failure.ts';
import type { Usage } from './usage.ts';

/** The stored output of an attempt, as the file store named it. */
export type StoredOutput = {
  /** The key in the file store. */
  readonly key: string;
  readonly bytes: number;
  /** SHA-256 of the zip, 64 hexadecimal digits. */
  readonly sha256: string;
};

/** How an attempt ended, as its consumer reports it. `usage`: what its model used; left out by older consumers, and where none ran. */
export type Outcome =
  | { readonly kind: 'succeed'; readonly output: StoredOutput; readonly warnings: readonly string[]; readonly usage?: Usage }
  | { readonly kind: 'fail'; readonly failure: Failure; readonly usage?: Usage }
  /**
   * The consumer cannot run the attempt to its end, as it stops, or its disk is full; the task goes back uncharged. `delayMs`: when it is due
   * again, from now on; left out: at once.
   */
  | { readonly kind: 'hand_back'; readonly reason: string; readonly delayMs?: number };
