import type { ControlPlane, Keeping } from '@inference/contracts';
import { describe, expect, it } from 'vitest';
import { DEFAULT_TIMING, type Deps } from './deps.ts';
import { Interrupter } from './interruption.ts';
import { keepLease } from './keep-lease.ts';

describe('a kept lease', () => {
  it.each([
    ['continue', null],
    ['stop', 'cancelled'],
    ['stale', 'stale'],
  ] as const)('when a renewal answers %s, interrupts the attempt as: %s', (reply, reason) => {
    const kept: Keeping[] = [];
    const control: Pick<ControlPlane, 'keepLease'> = {
      keepLease: (_lease, keeping) => {
        kept.push(keeping);
        return () => {};
      },
    };
    const interrupter = new Interrupter();
    keepLease({ control, timing: DEFAULT_TIMING } as unknown as Deps, { taskUid: 't', attempt: 1, token: 'x' }, interrupter);
    expect(kept[0]?.everyMs).toBe(DEFAULT_TIMING.renewMs);
    kept[0]?.onReply(reply);
    expect(interrupter.reason).toBe(reason);
  });
});
