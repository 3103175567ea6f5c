import { describe, expect, it } from 'vitest';
import { ATTEMPTS, soundTables, TASK } from '../invariants/sound-tables.ts';
import { expectedOf, type KnownTask } from './clients.ts';
import { lostAttempts, unknownImages, wronglyBlamed, wrongOutputs } from './ended-right.ts';

const KNOWN: KnownTask = {
  ...{ uid: TASK.uid, input: 'succeed task-0', behaviour: 'succeed' },
  ...{ cancelled: false, deleted: false, requeues: 0, unansweredRequeues: 0, isTouched: false },
};
const [, newest] = ATTEMPTS;
const once = soundTables({ task: [{ ...TASK, attempt: 1 }], attempt: [{ ...newest!, number: 1 }] });
const failed = (failure_class: string) => soundTables({ task: [{ ...TASK, state: 'failed', failure_class, failure_reason: 'because' }] });

describe('how tasks ended', () => {
  it('is wrong with another output than the input demands', () => {
    expect(wrongOutputs(once, [KNOWN], () => expectedOf(KNOWN))).toEqual([]);
    expect(wrongOutputs(once, [KNOWN], () => 'zip:').join()).toContain('the output of one is "zip:"');
    expect(wrongOutputs(once, [KNOWN], () => undefined)).toHaveLength(1);
  });

  it('is wrong where nobody knows which image has made an output', () => {
    const pinned = (image: string | null) => soundTables({ task: [{ ...TASK, pinned_image: image }] });
    expect(unknownImages(pinned('sha256:image'))).toEqual([]);
    expect(unknownImages(pinned(null)).join()).toContain('its image was not pinned');
  });

  it('is wrong where a model is blamed that did well', () => {
    expect(wronglyBlamed(failed('timeout'), [KNOWN]).join()).toContain('has failed as timeout: because');
    expect(wronglyBlamed(failed('timeout'), [{ ...KNOWN, behaviour: 'hang' }])).toEqual([]);
    expect(wronglyBlamed(failed('infrastructure'), [KNOWN])).toEqual([]);
  });

  it('is wrong with a second attempt where nothing has cost the first', () => {
    expect(lostAttempts(once, [KNOWN], 0)).toEqual([]);
    expect(lostAttempts(soundTables(), [KNOWN], 0).join()).toContain('ended as succeeded with attempt 2');
    expect(lostAttempts(soundTables(), [{ ...KNOWN, isTouched: true }], 0)).toEqual([]);
  });

  it('allows that an attempt waits in vain for a model that ends late, once for each', () => {
    const reason = 'The model before it took longer to end than it looked; the task is tried again.';
    const waited = { ...ATTEMPTS[0]!, outcome: 'hand_back', failure_reason: reason };
    const tables = soundTables({ attempt: [waited, newest!] });
    expect(lostAttempts(tables, [KNOWN], 1)).toEqual([]);
    expect(lostAttempts(tables, [KNOWN], 0).join()).toContain('1 attempts waited in vain');
  });
});
