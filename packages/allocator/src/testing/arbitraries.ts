import fc from 'fast-check';
import type { Situation } from '../allocation.ts';
import type { Lease } from '../lease.ts';
import type { Device, Node } from '../node.ts';
import type { ResourceRequest } from '../resource-request.ts';
import type { Resources } from '../resources.ts';

/** Small numbers, so that much of what is asked for nearly fits. */
function resources(max: number): fc.Arbitrary<Resources> {
  const amount = fc.nat(max);
  return fc.record({ cpuMillis: amount, memoryBytes: amount, shmBytes: amount, scratchBytes: amount });
}

const labels = fc.dictionary(fc.constantFrom('room', 'card'), fc.constantFrom('a', 'b'), { maxKeys: 2 });
const device = fc.record({
  memoryBytes: fc.constantFrom(8, 16, 24),
  kind: fc.constantFrom('gpu', 'gpu', 'gpu', 'mig'),
  isHealthy: fc.constantFrom(true, true, true, true, false),
  groups: fc.oneof(fc.constant([]), fc.tuple(fc.constantFrom('p0', 'p1'), fc.constantFrom('s0', 's1'))),
});
const node = fc.record({
  labels: fc.oneof(fc.constant({ room: 'a', card: 'a' }), labels),
  devices: fc.array(device, { maxLength: 6 }),
  capacity: resources(12).map(({ cpuMillis, ...rest }) => ({ ...rest, cpuMillis: cpuMillis + 4 })),
  isDraining: fc.constantFrom(false, false, false, true),
});

/** Nodes, none of which has a card of another. */
export const someNodes: fc.Arbitrary<readonly Node[]> = fc.array(node, { minLength: 1, maxLength: 3 }).map((nodes) =>
  nodes.map((one, at) => ({
    ...one,
    name: `n${at}`,
    devices: one.devices.map((own, card) => ({ ...own, uuid: `n${at}-g${card}` }) as Device),
  })),
);

const request = fc.record({
  gpus: fc.oneof({ weight: 9, arbitrary: fc.nat(5) }, { weight: 1, arbitrary: fc.constant('all' as const) }),
  gpuMemoryBytes: fc.constantFrom(0, 0, 8, 16, 24, 32),
  needs: fc.oneof(resources(0), resources(4), resources(10)),
  labels: fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: labels }),
  runMs: fc.integer({ min: 1, max: 30 }),
  isEnforced: fc.boolean(),
  waitingSinceMs: fc.constantFrom(0, 900_000),
});

/** Requests with names of their own. */
export function someRequests(maxLength: number): fc.Arbitrary<readonly ResourceRequest[]> {
  return fc.array(request, { maxLength }).map((requests) => requests.map((one, at) => ({ ...one, id: `r${at}` })));
}

/** For each device of each node who holds it, if anybody: devices with the same number have the same holder. */
const holders = fc.array(fc.option(fc.nat(2), { freq: 1 }), { minLength: 18, maxLength: 18 });
const end = fc.oneof(fc.constant(null), fc.integer({ min: 900_000 - 5, max: 900_000 + 30 }));

/** A situation at a time at which some requests have waited for long, with leases that hold no more than there is. */
export const someSituation: fc.Arbitrary<Situation> = fc
  .record({ nodes: someNodes, requests: someRequests(12), held: holders, ends: fc.array(end, { minLength: 9, maxLength: 9 }) })
  .map(({ nodes, requests, held, ends }) => {
    const leases = nodes.flatMap(({ name, devices, capacity }, at) =>
      [0, 1, 2].flatMap((number): Lease[] => {
        const own = devices.filter((_, card) => held[at * 6 + card] === number).map(({ uuid }) => uuid);
        const holds = {
          cpuMillis: Math.floor(capacity.cpuMillis / 4),
          memoryBytes: 0,
          shmBytes: 0,
          scratchBytes: Math.floor(capacity.scratchBytes / 3),
        };
        return own.length === 0
          ? []
          : [{ holder: `${name}-${number}`, node: name, devices: own, holds, untilMs: ends[at * 3 + number] ?? null }];
      }),
    );
    return { nodes, leases, requests, nowMs: 900_000 };
  });
