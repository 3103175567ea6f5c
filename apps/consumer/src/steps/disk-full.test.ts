import { describe, expect, it } from 'vitest';
import { diskFull, isDiskFull } from './disk-full.ts';

describe('a full disk', () => {
  it.each([
    ['The image "group/model:1" could not be pulled: the disk of the machine is full (no space left on device).', true],
    ['The image "group/model:1" could not be pulled: the registry cannot be reached from the machine.', false],
  ])('is known by what is said of it: %s', (reason, isFull) => {
    expect(isDiskFull({ class: 'infrastructure', reason })).toBe(isFull);
  });

  it('has a task tried again at once, and from the third attempt on after others', () => {
    const delays = [1, 2, 3, 40].map(diskFull).map((outcome) => (outcome.kind === 'hand_back' ? outcome.delayMs : 'charged'));
    expect(delays).toEqual([undefined, undefined, 600_000, 600_000]);
  });
});
