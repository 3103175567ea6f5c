import { describe, expect, it } from 'vitest';
import { REQUESTS_LOOKED_AT_MAX } from './allocate.ts';
import type { Blocker, Situation, Wait } from './allocation.ts';
import type { ResourceRequest } from './resource-request.ts';
import { NOTHING } from './resources.ts';
import { allocateNow, ask, cards, GIB, leaseOf, MINUTE_MS, nodeOf } from './testing/situations.ts';

const linked = [nodeOf(2, { labels: { room: 'a', card: 'a100' } }), nodeOf(2, { name: 'other', labels: { room: 'b', card: 'h100' } })];

/** What the only request waits for. */
function waitOf(request: ResourceRequest, situation: Partial<Situation> = {}): Wait {
  const { waits } = allocateNow([request], situation);
  expect(waits).toHaveLength(1);
  return waits[0]!;
}

describe('what a request waits for', () => {
  it('is, where no node is large enough, what the largest has', () => {
    const shortagesOf = (request: ResourceRequest) => (waitOf(request).blocker as Blocker & { kind: 'impossible' }).shortages;
    expect(shortagesOf(ask('T', 5))).toEqual([{ what: 'gpus', asked: 5, largest: 4 }]);
    expect(shortagesOf(ask('T', 1, { gpuMemoryBytes: 25 * GIB }))).toEqual([
      { what: 'gpuMemoryBytes', asked: 25 * GIB, largest: 24 * GIB },
    ]);
    expect(shortagesOf(ask('T', 0, { needs: { ...NOTHING, cpuMillis: 65_000 } }))).toEqual([
      { what: 'cpuMillis', asked: 65_000, largest: 64_000 },
    ]);
  });

  it('is of what can be had, but not together, no shortage at all', () => {
    const nodes = [nodeOf(2, { capacity: NOTHING }), nodeOf(1, { name: 'other', devices: cards([[]], { uuid: 'o0' }) })];
    const request = ask('T', 2, { needs: { ...NOTHING, cpuMillis: 1_000 } });
    expect(waitOf(request, { nodes })).toMatchObject({ blocker: { kind: 'impossible', shortages: [] }, startsByMs: null });
  });

  it('is nothing that a reservation is made for, where it cannot be had', () => {
    const impossible = [ask('too many', 5), ask('nowhere', 1, { labels: { room: 'z' } })];
    const decided = allocateNow([...impossible, ask('one', 1)]);
    expect(decided.reservations).toEqual([]);
    expect(decided.starts).toMatchObject([{ id: 'one' }]);
  });

  it('is a label that nobody has; or those that nobody has together', () => {
    const blockerOf = (labels: Record<string, string>) => waitOf(ask('T', 1, { labels }), { nodes: linked });
    expect(blockerOf({ room: 'z', card: 'a100' })).toMatchObject({
      blocker: { kind: 'labels', missing: ['room=z'] },
      sooner: [{ change: 'label', without: 'room' }],
    });
    expect(blockerOf({ room: 'b', card: 'a100' })).toMatchObject({
      blocker: { kind: 'labels', missing: ['room=b', 'card=a100'] },
      sooner: [
        { change: 'label', without: 'room' },
        { change: 'label', without: 'card' },
      ],
    });
    expect(blockerOf({ constructor: 'x' }).blocker).toEqual({ kind: 'labels', missing: ['constructor=x'] });
  });

  it('is the drain of every node that is large enough', () => {
    const nodes = [nodeOf(4, { isDraining: true }), nodeOf(1, { name: 'small', devices: cards([[]], { uuid: 's0' }) })];
    expect(waitOf(ask('T', 2), { nodes })).toMatchObject({
      blocker: { kind: 'draining', nodes: ['node'] },
      sooner: [{ change: 'gpus', to: 1 }],
    });
  });

  it('is a quarantined device, where there would be enough with it', () => {
    const devices = [...cards([[], []]), ...cards([[]], { uuid: 'ill', isHealthy: false })];
    expect(waitOf(ask('T', 3), { nodes: [nodeOf(0, { devices })] })).toMatchObject({
      blocker: { kind: 'quarantined', devices: ['ill'] },
      startsByMs: null,
    });
  });

  it('is who holds the devices that become free first', () => {
    const leases = [
      leaseOf('late', ['g0', 'g1'], { untilMs: 30 }),
      leaseOf('first', ['g2'], { untilMs: 10 }),
      leaseOf('then', ['g3'], { untilMs: 20 }),
    ];
    expect(waitOf(ask('T', 2), { leases })).toMatchObject({
      blocker: { kind: 'held', holders: ['first', 'then'], untilMs: 20 },
      startsByMs: 20,
    });
  });

  it('is named once, where an earlier attempt of it holds something still', () => {
    const leases = [leaseOf('X', ['g0'], { untilMs: 10 }), leaseOf('X', ['g1'], { untilMs: 20 })];
    expect(waitOf(ask('T', 4), { leases })).toMatchObject({ blocker: { kind: 'held', holders: ['X'], untilMs: 20 } });
  });

  it('is of an unknown end, where nobody knows how long its holder runs; what can end in time is not kept from the others', () => {
    const leases = [leaseOf('X', ['g0'], { untilMs: null })];
    const decided = allocateNow([ask('all', 4), ask('one', 1)], { leases });
    expect(decided.waits).toMatchObject([{ id: 'all', blocker: { kind: 'held', holders: ['X'], untilMs: null }, startsByMs: null }]);
    expect(decided.starts).toMatchObject([{ id: 'one' }]);
  });

  it('is a holder that should have ended by now: what it holds is given to nobody', () => {
    const leases = [leaseOf('X', ['g0'], { untilMs: 5 })];
    expect(waitOf(ask('T', 4), { leases, nowMs: 1_000 })).toMatchObject({ blocker: { kind: 'held', holders: ['X'] }, startsByMs: 1_001 });
  });

  it('is the one for whom the next free device is kept', () => {
    const leases = [leaseOf('X', ['g0', 'g1', 'g2', 'g3'])];
    const { waits } = allocateNow([ask('big', 4), ask('same', 4)], { leases });
    expect(waits[1]).toMatchObject({ position: 2, startsByMs: null, blocker: { kind: 'reserved', for: 'big', fromMs: 10 * MINUTE_MS } });
  });

  it('is the queue, for those behind as many as are looked at', () => {
    const requests = Array.from({ length: REQUESTS_LOOKED_AT_MAX + 1 }, (_, at) => ask(`T${at}`, 5));
    const { waits } = allocateNow([...requests, ask('would fit', 1)]);
    expect(waits).toHaveLength(REQUESTS_LOOKED_AT_MAX + 2);
    expect(waits.at(-1)).toEqual({
      id: 'would fit',
      position: REQUESTS_LOOKED_AT_MAX + 2,
      blocker: { kind: 'queue', lookedAt: REQUESTS_LOOKED_AT_MAX },
      startsByMs: null,
      sooner: [],
    });
    expect(waits.at(-3)?.blocker.kind).toBe('impossible');
  });

  it('would be over with less: fewer GPUs, smaller ones, less time', () => {
    const leases = [leaseOf('X', ['g0', 'g1'])];
    expect(waitOf(ask('T', 4), { leases }).sooner).toEqual([{ change: 'gpus', to: 2 }]);
    const devices = [...cards([[]], { memoryBytes: 80 * GIB }), ...cards([[]], { uuid: 'small' })];
    const mixed = { nodes: [nodeOf(0, { devices })], leases: [leaseOf('X', ['g0'])] };
    expect(waitOf(ask('T', 1, { gpuMemoryBytes: 40 * GIB }), mixed).sooner).toEqual([{ change: 'gpuMemoryBytes', to: 24 * GIB }]);
  });

  it('is told of those alone that are asked for, and the decision is the same', () => {
    const leases = [leaseOf('X', ['g0', 'g1'])];
    const requests = [ask('big', 4), ask('same', 4), ask('short', 1, { runMs: 1 }), ask('again', 4), ask('long', 1)];
    const all = allocateNow(requests, { leases });
    for (const id of ['big', 'same', 'again', 'long']) {
      const told = allocateNow(requests, { leases, explained: new Set([id]) });
      expect(told).toEqual({ ...all, waits: all.waits.filter((wait) => wait.id === id) });
      expect(told.waits).toHaveLength(1);
    }
    expect(allocateNow(requests, { leases, explained: new Set() })).toEqual({ ...all, waits: [] });
  });
});
