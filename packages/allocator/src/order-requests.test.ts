import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decayedUse, USE_HALF_LIFE_MS } from './decayed-use.ts';
import { HEAD_START_MS, orderKey } from './order-key.ts';
import { orderRequests, type Waiting } from './order-requests.ts';

const HOUR_MS = 3_600_000;

function waiting(id: string, more: Partial<Waiting> = {}): Waiting {
  return { id, owner: 'ada', key: 0, gpus: 1, runMs: HOUR_MS, ...more };
}

function idsOf(list: readonly Waiting[], uses: Record<string, number> = {}): string {
  const known = Object.entries(uses).map(([owner, gpuSeconds]) => [owner, { gpuSeconds, atMs: 0 }] as const);
  return orderRequests(list, new Map(known), 0)
    .map(({ id }) => id)
    .join(' ');
}

describe('the order of one owner', () => {
  it('is by age, with a head start for what is urgent, which grows no further', () => {
    const at = (id: string, submittedMs: number, priority: 'high' | 'normal' | 'low') =>
      waiting(id, { key: orderKey(submittedMs, priority) });
    expect(idsOf([at('low', 0, 'low'), at('normal', 1, 'normal'), at('high', 2, 'high')])).toBe('high normal low');
    expect(idsOf([at('old', 0, 'normal'), at('late', HEAD_START_MS.high + 1, 'high')])).toBe('old late');
    expect(idsOf([at('old', 0, 'low'), at('late', HEAD_START_MS.high - HEAD_START_MS.low + 1, 'high')])).toBe('old late');
  });
});

describe('the order between owners', () => {
  it('takes turns, however many tasks one of them has, and however urgent they are', () => {
    const many = [1, 2, 3, 4].map((at) => waiting(`a${at}`, { key: orderKey(at, 'high') }));
    expect(idsOf([...many, waiting('b1', { owner: 'bob', key: 9 })])).toBe('a1 b1 a2 a3 a4');
  });

  it('begins with who has used least', () => {
    const list = [
      waiting('a1', { key: 1 }),
      waiting('a2', { key: 2 }),
      waiting('b1', { owner: 'bob', key: 3 }),
      waiting('b2', { owner: 'bob', key: 4 }),
    ];
    expect(idsOf(list, { ada: 3_600 })).toBe('b1 a1 b2 a2');
    expect(idsOf(list, { ada: 7_201 })).toBe('b1 b2 a1 a2');
  });

  it('counts GPUs and time: one task of four GPUs is as much as four', () => {
    const list = [waiting('big', { gpus: 4, key: 1 }), waiting('next', { key: 9 })];
    const bobs = [2, 3, 4, 5, 6].map((key) => waiting(`b${key}`, { owner: 'bob', key }));
    expect(idsOf([...list, ...bobs])).toBe('big b2 b3 b4 b5 b6 next');
  });

  it('counts tasks without a GPU a little, so that they take turns, too', () => {
    const list = [1, 2]
      .map((key) => waiting(`a${key}`, { gpus: 0, key }))
      .concat([3, 4].map((key) => waiting(`b${key}`, { gpus: 0, key, owner: 'bob' })));
    expect(idsOf(list)).toBe('a1 b3 a2 b4');
  });

  it('forgets half of what was used after the half-life, and adds nothing where the clock was set back', () => {
    expect(decayedUse({ gpuSeconds: 100, atMs: 5 }, 5)).toBe(100);
    expect(decayedUse({ gpuSeconds: 100, atMs: 5 }, 5 + USE_HALF_LIFE_MS)).toBe(50);
    expect(decayedUse({ gpuSeconds: 100, atMs: 5 }, 0)).toBe(100);
  });
});

describe('any order', () => {
  const list = fc.uniqueArray(
    fc.record({
      id: fc.string({ minLength: 1, maxLength: 3 }),
      owner: fc.constantFrom('ada', 'bob', 'eve'),
      key: fc.integer({ min: 0, max: 5 }),
      gpus: fc.constantFrom(0, 1, 2, 8),
      runMs: fc.constantFrom(0, HOUR_MS, 2 * HOUR_MS),
    }),
    { selector: ({ id }) => id, maxLength: 20 },
  );
  const uses = fc.dictionary(fc.constantFrom('ada', 'bob', 'eve'), fc.record({ gpuSeconds: fc.nat(20_000), atMs: fc.nat(1_000) }));

  it('has every task once, does not depend on how the list was ordered, and keeps each owner’s own order', () => {
    fc.assert(
      fc.property(list, uses, fc.infiniteStream(fc.nat()), (tasks, used, random) => {
        const known = new Map(Object.entries(used));
        const ordered = orderRequests(tasks, known, 1_000);
        const shuffled = tasks.map((task) => ({ task, at: random.next().value as number })).sort((one, other) => one.at - other.at);
        expect(
          orderRequests(
            shuffled.map(({ task }) => task),
            known,
            1_000,
          ),
        ).toEqual(ordered);
        expect(ordered.map(({ id }) => id).toSorted()).toEqual(tasks.map(({ id }) => id).toSorted());
        for (const owner of ['ada', 'bob', 'eve']) {
          const keys = ordered.filter((task) => task.owner === owner).map(({ key }) => key);
          expect(keys).toEqual(keys.toSorted((one, other) => one - other));
        }
      }),
    );
  });

  it('is that of a walk: the owner who has used least has the next turn', () => {
    fc.assert(
      fc.property(list, (tasks) => {
        const used = new Map<string, number>();
        const left = [...tasks].sort((one, other) => one.key - other.key || (one.id < other.id ? -1 : 1));
        const walked: Waiting[] = [];
        while (left.length > 0) {
          const firsts = ['ada', 'bob', 'eve'].flatMap((owner) => left.find((task) => task.owner === owner) ?? []);
          const least = Math.min(...firsts.map(({ owner }) => used.get(owner) ?? 0));
          const next = left.find((task) => firsts.includes(task) && (used.get(task.owner) ?? 0) === least)!;
          used.set(next.owner, least + (Math.max(next.gpus, 1 / 16) * next.runMs) / 1000);
          walked.push(...left.splice(left.indexOf(next), 1));
        }
        expect(orderRequests(tasks, new Map(), 0)).toEqual(walked);
      }),
    );
  });
});
