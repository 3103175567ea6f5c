import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocate } from './allocate.ts';
import type { Allocation, Situation } from './allocation.ts';
import type { Node } from './node.ts';
import { RESOURCES } from './resources.ts';
import { someNodes, someRequests, someSituation } from './testing/arbitraries.ts';
import { crowdedNodes, crowdOf } from './testing/crowds.ts';
import { type Coming, playToEnd } from './testing/play-to-end.ts';

const RUNS = 1_000;
const PLAYS = 3_000;
/** So long all plays may take, in milliseconds, on a machine with other things to do. */
const LONGEST_MS = 120_000;

/** How many tasks there are in a play, at most. */
const TASKS_MAX = 14;

/** Has tasks of a few milliseconds come within a few more; none of them waits so long that a node is drained for it. */
function coming(requests: fc.Arbitrary<readonly Request[]>): fc.Arbitrary<readonly Coming[]> {
  const way = fc.record({ comesMs: fc.nat(20), runs: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })) });
  return fc.tuple(requests, fc.array(way, { minLength: TASKS_MAX, maxLength: TASKS_MAX })).map(([asked, ways]) =>
    asked
      .map((request, at): Coming => {
        const { comesMs = 0, runs = 1 } = ways[at] ?? {};
        return {
          request: { ...request, waitingSinceMs: comesMs, isEnforced: true },
          trueMs: Math.max(1, Math.round(request.runMs * runs)),
        };
      })
      .sort((one, other) => one.request.waitingSinceMs - other.request.waitingSinceMs),
  );
}

/** Plays of all kinds, and plays in which most tasks wait for each other. */
const somePlay = fc.oneof(fc.tuple(someNodes, coming(someRequests(TASKS_MAX))), fc.tuple(crowdedNodes, coming(crowdOf(TASKS_MAX))));

/** The starts with their requests and nodes. */
function startsWith({ nodes, requests }: Situation, { starts }: Allocation) {
  return starts.map(({ id, node, devices }) => ({
    request: requests.find((request) => request.id === id)!,
    node: nodes.find(({ name }) => name === node)!,
    devices: devices.map((uuid) => nodes.find(({ name }) => name === node)?.devices.find((device) => device.uuid === uuid)),
  }));
}

function checkAll(check: (situation: Situation, decided: Allocation) => void): void {
  fc.assert(
    fc.property(someSituation, (situation) => check(situation, allocate(situation))),
    { numRuns: RUNS },
  );
}

describe('in any situation', () => {
  it('each request starts or waits, once, and nothing of what was handed in is changed', () => {
    fc.assert(
      fc.property(someSituation, (situation) => {
        const before = structuredClone(situation);
        const { starts, waits } = allocate(situation);
        expect(situation).toEqual(before);
        expect([...starts, ...waits].map(({ id }) => id).toSorted()).toEqual(situation.requests.map(({ id }) => id).toSorted());
        expect(waits.map(({ position }) => position)).toEqual(waits.map((_, at) => at + 1));
        const turned = { nodes: situation.nodes.toReversed(), leases: situation.leases.toReversed() };
        expect(allocate({ ...situation, ...turned }).starts).toEqual(starts);
        expect(allocate({ ...situation, explained: new Set() }).starts).toEqual(starts);
      }),
      { numRuns: RUNS },
    );
  });

  it('no device is given that is held, ill, of a node that is drained, or given already', () => {
    checkAll((situation, decided) => {
      const given = decided.starts.flatMap(({ devices }) => devices);
      expect(new Set(given).size).toBe(given.length);
      const held = new Set(situation.leases.flatMap(({ devices }) => devices));
      expect(given.filter((uuid) => held.has(uuid))).toEqual([]);
      for (const { devices, node } of startsWith(situation, decided)) {
        expect(devices.every((device) => device?.isHealthy)).toBe(true);
        expect(node.isDraining).toBe(false);
      }
    });
  });

  it('a request gets all that it asked for, as it asked for it', () => {
    checkAll((situation, decided) => {
      for (const { request, node, devices } of startsWith(situation, decided)) {
        if (request.gpus === 'all') expect(devices.length).toBeGreaterThan(0);
        else expect(devices).toHaveLength(request.gpus);
        expect(devices.every((device) => device!.memoryBytes >= request.gpuMemoryBytes)).toBe(true);
        if (devices.length > 1) expect(devices.map((device) => device?.kind)).not.toContain('mig');
        expect(node.labels).toMatchObject(request.labels);
      }
    });
  });

  it('no node gives more than it has', () => {
    checkAll((situation, decided) => {
      const holds = situation.leases.map(({ node, holds: own }) => ({ node, own }));
      const gets = startsWith(situation, decided).map(({ node, request }) => ({ node: node.name, own: request.needs }));
      for (const node of situation.nodes) {
        const own = [...holds, ...gets].filter((one) => one.node === node.name);
        for (const what of RESOURCES) expect(own.reduce((sum, one) => sum + one.own[what], 0)).toBeLessThanOrEqual(node.capacity[what]);
      }
    });
  });

  it('what is called impossible, unknown, drained or quarantined cannot start on these nodes even when nothing runs', () => {
    checkAll((situation, { waits }) => {
      for (const { id, blocker } of waits) {
        const request = situation.requests.find((one) => one.id === id)!;
        const alone = allocate({ ...situation, leases: [], requests: [request] });
        const isFinal = ['impossible', 'labels', 'draining', 'quarantined'].includes(blocker.kind);
        expect({ id, starts: alone.starts.length === 1 }).toEqual({ id, starts: !isFinal });
        expect(blocker.kind === 'impossible').toBe(!isPossible(situation.nodes, request) && blocker.kind !== 'labels');
      }
    });
  });

  it('what is said to start a request would start it', () => {
    checkAll((situation, { waits }) => {
      const [wait] = waits;
      if (wait === undefined) return;
      const at = situation.requests.findIndex(({ id }) => id === wait.id);
      for (const sooner of wait.sooner) {
        const requests = situation.requests.map((request, place) => (place === at ? change(request, sooner) : request));
        expect(allocate({ ...situation, requests }).starts.map(({ id }) => id)).toContain(wait.id);
      }
    });
  });
});

describe('from the first request to the end of the last', () => {
  it(
    'the first that has to wait starts when it was promised, or sooner: nobody behind it delays it',
    () => {
      fc.assert(
        fc.property(somePlay, ([nodes, tasks]) => {
          const { startedMs, promises } = playToEnd(nodes, tasks);
          for (const { id, byMs } of promises) expect(startedMs.get(id) ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(byMs);
        }),
        { numRuns: PLAYS },
      );
    },
    LONGEST_MS,
  );

  it(
    'everything that can start does, within the time that those before it may run; the rest is told why not',
    () => {
      fc.assert(
        fc.property(somePlay, ([nodes, tasks]) => {
          const { startedMs, left } = playToEnd(nodes, tasks);
          for (const { blocker } of left) expect(['impossible', 'labels', 'draining', 'quarantined']).toContain(blocker.kind);
          const longestMs = Math.max(0, ...tasks.map(({ request }) => request.runMs));
          for (const [at, { request }] of tasks.entries()) {
            const atMs = startedMs.get(request.id);
            if (atMs !== undefined) expect(atMs - request.waitingSinceMs).toBeLessThanOrEqual((at + 1) * longestMs);
          }
          expect(startedMs.size + left.length).toBe(tasks.length);
        }),
        { numRuns: PLAYS },
      );
    },
    LONGEST_MS,
  );
});

type Request = Situation['requests'][number];

function change(request: Request, sooner: Allocation['waits'][number]['sooner'][number]): Request {
  if (sooner.change === 'label') {
    const { [sooner.without]: _, ...labels } = request.labels;
    return { ...request, labels };
  }
  const { change: what, to } = sooner;
  if (what === 'gpus' || what === 'gpuMemoryBytes') return { ...request, [what]: to };
  return what === 'runMs' ? { ...request, runMs: to, isEnforced: true } : { ...request, needs: { ...request.needs, [what]: to } };
}

/** Whether some node with these labels is large enough, however ill or drained it is. */
function isPossible(nodes: readonly Node[], { gpus, gpuMemoryBytes, needs, labels }: Request): boolean {
  return nodes.some(({ labels: own, devices, capacity }) => {
    const count = gpus === 'all' ? 1 : gpus;
    const enough = devices.filter(({ memoryBytes, kind }) => memoryBytes >= gpuMemoryBytes && (kind === 'gpu' || count === 1));
    const isNamed = Object.entries(labels).every(([name, value]) => own[name] === value);
    return isNamed && enough.length >= count && RESOURCES.every((what) => capacity[what] >= needs[what]);
  });
}
