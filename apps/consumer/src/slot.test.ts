import { describe, expect, it } from 'vitest';
import { type Place, Slot } from './slot.ts';

/** Whether the model of a place may start. */
async function isFree({ free }: Place): Promise<boolean> {
  return await Promise.race([free.then(() => true), new Promise<boolean>((resolve) => setImmediate(() => resolve(false)))]);
}

describe('a slot', () => {
  it('has room for one attempt, and for the next one once the first is closing', async () => {
    const slot = new Slot();
    const first = slot.take();
    expect([await isFree(first), slot.isFree, slot.isOpen]).toEqual([true, false, false]);
    first.closing();
    expect([slot.isFree, slot.isOpen]).toEqual([false, true]);
    const second = slot.take();
    expect([await isFree(second), slot.isOpen]).toEqual([false, false]);
    first.leave();
    expect([await isFree(second), slot.isOpen]).toEqual([true, false]);
    second.leave();
    expect(slot.isFree).toBe(true);
  });

  it('stays with the one that runs when the next one gives up, and opens for no other', async () => {
    const slot = new Slot();
    const [first, second] = [slot.take(), slot.take()];
    first.closing();
    slot.stayClosed();
    second.leave();
    expect(slot.isOpen).toBe(false);
    first.leave();
    first.leave();
    expect(slot.isFree).toBe(true);
    const third = slot.take();
    expect(await isFree(third)).toBe(true);
  });

  it('takes the word of the one that runs only', () => {
    const slot = new Slot();
    const [first, second] = [slot.take(), slot.take()];
    second.closing();
    second.leave();
    expect(slot.isOpen).toBe(false);
    first.leave();
    first.closing();
    expect(slot.isFree).toBe(true);
  });
});
