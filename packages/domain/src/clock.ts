import { uptime } from 'node:os';

/** Time, handed in so that tests can own it. */
export interface Clock {
  /** Milliseconds since some fixed point; never goes back, never jumps with the wall clock. */
  monotonicMs(): number;
  /** Milliseconds since this machine was started: goes on while this process is dead, and begins anew with the machine. */
  uptimeMs(): number;
  /** Calls `tick` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, tick: () => void): () => void;
}

/** The real clock of this process. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  uptimeMs: () => uptime() * 1000,
  after(delayMs, tick) {
    const timer = setTimeout(tick, delayMs);
    return () => clearTimeout(timer);
  },
};
