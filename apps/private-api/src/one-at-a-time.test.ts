import { describe, expect, it } from 'vitest';
import { OneAtATime } from './one-at-a-time.ts';

describe('work that comes one after the other', () => {
  it('begins when the one before is over, however that ended', async () => {
    const turns = new OneAtATime();
    const seen: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = turns.run(async () => {
      await gate.promise;
      seen.push('first');
      throw new Error('it fails');
    });
    const second = turns.run(async () => seen.push('second'));
    gate.resolve();
    await expect(first).rejects.toThrow('it fails');
    expect(await second).toBe(2);
    expect(seen).toEqual(['first', 'second']);
  });

  it('is refused where a thousand wait, and taken again once they are done', async () => {
    const turns = new OneAtATime();
    const gate = Promise.withResolvers<void>();
    const many = Array.from({ length: 1_000 }, () => turns.run(() => gate.promise));
    await expect(turns.run(async () => 'late')).rejects.toMatchObject({ code: 'unavailable' });
    gate.resolve();
    await Promise.all(many);
    expect(await turns.run(async () => 'later')).toBe('later');
  });
});
