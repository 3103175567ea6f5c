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

/** The timers of JavaScript wait no longer, in milliseconds (24.8 days): given more, they wait 1. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** The real clock of this process. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  uptimeMs: () => uptime() * 1000,
  after(delayMs, tick) {
    let timer: NodeJS.Timeout;
    const wait = (leftMs: number) => {
      timer = leftMs > TIMER_MAX_MS ? setTimeout(() => wait(leftMs - TIMER_MAX_MS), TIMER_MAX_MS) : setTimeout(tick, leftMs);
    };
    wait(delayMs);
    return () => clearTimeout(timer);
  },
};
