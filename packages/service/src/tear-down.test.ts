import { describe, expect, it } from 'vitest';
import { TearDown } from './tear-down.ts';

describe('a tear-down', () => {
  it('undoes all steps once, last first, though one of them fails', async () => {
    const [down, undone] = [new TearDown(), [] as string[]];
    for (const name of ['first', 'second', 'third'])
      down.add(async () => {
        undone.push(name);
        if (name === 'second') throw new Error('a fault');
      });
    expect(down.hasBegun).toBe(false);
    await expect(down.run()).rejects.toThrow('not everything could be stopped');
    await expect(down.run()).rejects.toThrow();
    expect([down.hasBegun, undone]).toEqual([true, ['third', 'second', 'first']]);
  });

  it('hurries every step, and one that a start adds later', () => {
    const [down, hurried] = [new TearDown(), [] as string[]];
    const add = (name: string) =>
      down.add(
        async () => {},
        () => void hurried.push(name),
      );
    add('early');
    expect(hurried).toEqual([]);
    down.hurry();
    add('late');
    expect(hurried).toEqual(['early', 'late']);
  });
});
