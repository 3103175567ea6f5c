import { describe, expect, it } from 'vitest';
import { HARD_AFTER_MS } from './allocate.ts';
import { NOTHING } from './resources.ts';
import { allocateNow, ask, cards, GIB, leaseOf, MINUTE_MS, nodeOf, startsOf } from './testing/situations.ts';

/** A runs on two of four cards, for ten minutes at most. */
const A = leaseOf('A', ['g0', 'g1']);

describe('four cards, of which A holds two, and B asks for three', () => {
  it('gives C the idle card at once, for however long: once A has ended, three others are free for B', () => {
    const decided = allocateNow([ask('B', 3), ask('C', 1)], { leases: [A] });
    expect(startsOf(decided)).toEqual({ C: ['g3'] });
    expect(decided.reservations).toEqual([{ id: 'B', node: 'node', devices: ['g0', 'g1', 'g2'], fromMs: 10 * MINUTE_MS, isHard: false }]);
  });

  it('lets C wait for B where a card is held for longer, and C might keep the last one beyond the end of A', () => {
    const leases = [A, leaseOf('D', ['g3'], { untilMs: 100 * MINUTE_MS })];
    const decided = allocateNow([ask('B', 3), ask('C', 1)], { leases });
    expect(decided.starts).toEqual([]);
    expect(decided.waits).toEqual([
      {
        id: 'B',
        position: 1,
        blocker: { kind: 'held', node: 'node', holders: ['A'], untilMs: 10 * MINUTE_MS },
        startsByMs: 10 * MINUTE_MS,
        sooner: [{ change: 'gpus', to: 1 }],
      },
      {
        id: 'C',
        position: 2,
        blocker: { kind: 'reserved', node: 'node', for: 'B', fromMs: 10 * MINUTE_MS },
        startsByMs: null,
        sooner: [{ change: 'runMs', to: 10 * MINUTE_MS }],
      },
    ]);
  });

  it('gives C even that card when C ends in time', () => {
    const leases = [A, leaseOf('D', ['g3'], { untilMs: 100 * MINUTE_MS })];
    expect(startsOf(allocateNow([ask('B', 3), ask('C', 1, { runMs: 10 * MINUTE_MS })], { leases }))).toEqual({ C: ['g2'] });
    expect(startsOf(allocateNow([ask('B', 3), ask('C', 1, { runMs: 10 * MINUTE_MS + 1 })], { leases }))).toEqual({});
  });

  it('starts what ends in time behind what would not', () => {
    const leases = [A, leaseOf('D', ['g3'], { untilMs: 100 * MINUTE_MS })];
    const requests = [ask('B', 3), ask('long', 1), ask('longer', 1, { runMs: 90 * MINUTE_MS }), ask('short', 1, { runMs: MINUTE_MS })];
    expect(startsOf(allocateNow(requests, { leases }))).toEqual({ short: ['g2'] });
  });

  it('lets C wait that asks for both idle cards: B needs one of them', () => {
    expect(startsOf(allocateNow([ask('B', 3), ask('C', 2)], { leases: [A] }))).toEqual({});
    expect(startsOf(allocateNow([ask('B', 3), ask('C', 2, { runMs: MINUTE_MS })], { leases: [A] }))).toEqual({ C: ['g2', 'g3'] });
  });

  it('gives the spare card once: E waits where C has it', () => {
    expect(startsOf(allocateNow([ask('B', 3), ask('C', 1), ask('E', 1)], { leases: [A] }))).toEqual({ C: ['g3'] });
  });
});

describe('a request that waited long', () => {
  const long = { waitingSinceMs: 0 };
  const nowMs = HARD_AFTER_MS;
  const leases = [leaseOf('A', ['g0', 'g1'], { untilMs: nowMs + 10 * MINUTE_MS })];

  it('has its node drained: not even the spare card is given away', () => {
    const decided = allocateNow([ask('B', 3, long), ask('C', 1)], { leases, nowMs });
    expect(decided.reservations).toMatchObject([{ id: 'B', isHard: true }]);
    expect(decided.starts).toEqual([]);
  });

  it('lets start there what surely ends in time, and trusts no guess', () => {
    const short = { runMs: MINUTE_MS };
    expect(startsOf(allocateNow([ask('B', 3, long), ask('C', 1, short)], { leases, nowMs }))).toEqual({ C: ['g2'] });
    expect(startsOf(allocateNow([ask('B', 3, long), ask('C', 1, { ...short, isEnforced: false })], { leases, nowMs }))).toEqual({});
    expect(startsOf(allocateNow([ask('B', 3), ask('C', 1, { ...short, isEnforced: false })], { leases: [A] }))).toEqual({ C: ['g2'] });
  });

  it('has only its own node drained', () => {
    const nodes = [nodeOf(4), nodeOf(1, { name: 'small', devices: cards([[]], { uuid: 's0' }) })];
    expect(startsOf(allocateNow([ask('B', 3, long), ask('C', 1)], { nodes, leases, nowMs }))).toEqual({ C: ['s0'] });
  });
});

describe('several nodes', () => {
  const two = [
    nodeOf(4, { name: 'a' }),
    nodeOf(4, { name: 'b', devices: cards([[], [], [], []]).map((card) => ({ ...card, uuid: `b-${card.uuid}` })) }),
  ];

  it('reserves the one where the request can start soonest, and leaves the other to those behind it', () => {
    const leases = [leaseOf('X', ['g0'], { node: 'a', untilMs: 20 }), leaseOf('Y', ['b-g0'], { node: 'b', untilMs: 10 })];
    const decided = allocateNow([ask('big', 4), ask('small', 3)], { nodes: two, leases });
    expect(decided.reservations).toMatchObject([{ id: 'big', node: 'b', fromMs: 10 }]);
    expect(startsOf(decided)).toEqual({ small: ['g1', 'g2', 'g3'] });
  });

  it('reserves each of them once, so that a second big request is not passed for ever', () => {
    const leases = [leaseOf('X', ['g0'], { node: 'a', untilMs: 20 }), leaseOf('Y', ['b-g0'], { node: 'b', untilMs: 10 })];
    const decided = allocateNow([ask('one', 4), ask('two', 4), ask('three', 4), ask('small', 1)], { nodes: two, leases });
    expect(decided.reservations).toMatchObject([
      { id: 'one', node: 'b' },
      { id: 'two', node: 'a' },
    ]);
    expect(decided.waits.map(({ startsByMs }) => startsByMs)).toEqual([10, 20, null, null]);
    expect(decided.starts).toEqual([]);
  });

  it('never puts a request together from two', () => {
    expect(allocateNow([ask('big', 5)], { nodes: two }).waits).toMatchObject([
      {
        blocker: { kind: 'impossible', shortages: [{ what: 'gpus', asked: 5, largest: 4 }] },
        startsByMs: null,
        sooner: [{ change: 'gpus', to: 4 }],
      },
    ]);
  });

  it('gives all the GPUs of the largest one to who asks for all', () => {
    const nodes = [nodeOf(1, { name: 'a', devices: cards([[]], { uuid: 's0' }) }), nodeOf(4, { name: 'b' })];
    expect(startsOf(allocateNow([ask('every', 'all')], { nodes }))).toEqual({ every: ['g0', 'g1', 'g2', 'g3'] });
  });
});

describe('the choice of devices', () => {
  const pairs = cards([
    ['p0', 's0'],
    ['p1', 's0'],
    ['p0', 's0'],
    ['p1', 's0'],
    ['p2', 's1'],
    ['p3', 's1'],
    ['p3', 's1'],
    ['p2', 's1'],
  ]);
  const nodes = [nodeOf(8, { devices: pairs })];

  it('takes several of one group, the smallest that has enough', () => {
    expect(startsOf(allocateNow([ask('two', 2)], { nodes }))).toEqual({ two: ['g0', 'g2'] });
    expect(startsOf(allocateNow([ask('two', 2)], { nodes, leases: [leaseOf('X', ['g0', 'g1'])] }))).toEqual({ two: ['g4', 'g7'] });
    expect(startsOf(allocateNow([ask('four', 4)], { nodes, leases: [leaseOf('X', ['g0'])] }))).toEqual({ four: ['g4', 'g5', 'g6', 'g7'] });
  });

  it('takes whole small groups where more are needed than one has', () => {
    expect(startsOf(allocateNow([ask('three', 3)], { nodes, leases: [leaseOf('X', ['g0'])] }))).toEqual({ three: ['g1', 'g2', 'g3'] });
    const leases = [leaseOf('X', ['g0', 'g5'])];
    expect(startsOf(allocateNow([ask('six', 6)], { nodes, leases }))).toEqual({ six: ['g1', 'g2', 'g3', 'g4', 'g6', 'g7'] });
    expect(startsOf(allocateNow([ask('five', 5)], { nodes, leases }))).toEqual({ five: ['g1', 'g2', 'g3', 'g4', 'g7'] });
  });

  it('takes one from the group that is broken already', () => {
    expect(startsOf(allocateNow([ask('one', 1)], { nodes, leases: [leaseOf('X', ['g6'])] }))).toEqual({ one: ['g5'] });
  });

  it('takes two that are linked on a busy node before an idle one is broken', () => {
    const idle = nodeOf(8, { name: 'idle', devices: pairs.map((card) => ({ ...card, uuid: `i-${card.uuid}` })) });
    const leases = [leaseOf('X', ['g0', 'g2', 'g1', 'g3'])];
    expect(startsOf(allocateNow([ask('two', 2)], { nodes: [idle, ...nodes], leases }))).toEqual({ two: ['g4', 'g7'] });
  });

  it('takes the smallest memory that is enough, and a part of a card for one GPU only', () => {
    const devices = [
      ...cards([[], []], { memoryBytes: 80 * GIB }).map((card, at) => ({ ...card, uuid: `large${at}` })),
      ...cards([[], []], { memoryBytes: 10 * GIB, kind: 'mig' }).map((card, at) => ({ ...card, uuid: `part${at}` })),
    ];
    const mixed = { nodes: [nodeOf(0, { devices })] };
    expect(startsOf(allocateNow([ask('one', 1, { gpuMemoryBytes: 10 * GIB })], mixed))).toEqual({ one: ['part0'] });
    expect(startsOf(allocateNow([ask('one', 1, { gpuMemoryBytes: 11 * GIB })], mixed))).toEqual({ one: ['large0'] });
    expect(startsOf(allocateNow([ask('two', 2)], mixed))).toEqual({ two: ['large0', 'large1'] });
    expect(startsOf(allocateNow([ask('three', 3)], mixed))).toEqual({});
  });

  it('keeps nodes with GPUs free of tasks that need none, where another has room', () => {
    const cpus = { needs: { ...NOTHING, cpuMillis: 1_000 } };
    const both = [nodeOf(4, { name: 'a-gpus' }), nodeOf(0, { name: 'b-none' })];
    expect(allocateNow([ask('cpu', 0, cpus)], { nodes: both }).starts).toEqual([{ id: 'cpu', node: 'b-none', devices: [] }]);
  });
});

describe('what a node has beside GPUs', () => {
  const needs = (cpuMillis: number) => ({ needs: { ...NOTHING, cpuMillis } });
  const small = [nodeOf(4, { capacity: { ...NOTHING, cpuMillis: 4_000 } })];

  it('is given to as many as it is enough for', () => {
    const decided = allocateNow([ask('one', 1, needs(3_000)), ask('two', 1, needs(2_000)), ask('three', 1, needs(1_000))], {
      nodes: small,
    });
    expect(Object.keys(startsOf(decided))).toEqual(['one', 'three']);
    expect(decided.waits).toMatchObject([
      { id: 'two', blocker: { kind: 'held', holders: ['one'] }, startsByMs: 60 * MINUTE_MS, sooner: [{ change: 'cpuMillis', to: 1_000 }] },
    ]);
  });

  it('is reserved, too', () => {
    const leases = [leaseOf('X', ['g0'], { holds: { ...NOTHING, cpuMillis: 2_000 } })];
    const others = [ask('too much', 0, needs(2_000)), ask('fits beside', 0, needs(1_000)), ask('no more', 0, needs(1_000))];
    const decided = allocateNow([ask('big', 1, needs(3_000)), ...others], { nodes: small, leases });
    expect(Object.keys(startsOf(decided))).toEqual(['fits beside']);
  });
});
