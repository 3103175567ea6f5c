import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from './clock.ts';

const DAY_MS = 86_400_000;

describe('the real clock', () => {
  afterEach(() => void vi.useRealTimers());

  it.each([1, 30 * DAY_MS, 365 * DAY_MS])('calls after %d ms, not before', (delayMs) => {
    vi.useFakeTimers();
    const tick = vi.fn();
    systemClock.after(delayMs, tick);
    vi.advanceTimersByTime(delayMs - 1);
    expect(tick).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(tick).toHaveBeenCalledOnce();
  });

  it('does not call what was cancelled, also after the longest wait of one timer', () => {
    vi.useFakeTimers();
    const tick = vi.fn();
    const cancel = systemClock.after(30 * DAY_MS, tick);
    vi.advanceTimersByTime(29 * DAY_MS);
    cancel();
    vi.advanceTimersByTime(2 * DAY_MS);
    expect([tick.mock.calls.length, vi.getTimerCount()]).toEqual([0, 0]);
  });
});
