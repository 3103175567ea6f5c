import fc from 'fast-check';
import type { Node } from '../node.ts';
import type { ResourceRequest } from '../resource-request.ts';
import { NOTHING } from '../resources.ts';

const card = { memoryBytes: 8, kind: 'gpu', isHealthy: true, groups: [] } as const;

/** One or two nodes of a few cards that are all alike, with hardly enough CPUs: most of what is asked for is possible, and waits. */
export const crowdedNodes: fc.Arbitrary<readonly Node[]> = fc
  .array(fc.record({ cards: fc.integer({ min: 3, max: 5 }), cpuMillis: fc.integer({ min: 5, max: 9 }) }), { minLength: 1, maxLength: 2 })
  .map((nodes) =>
    nodes.map(({ cards, cpuMillis }, at): Node => {
      const devices = Array.from({ length: cards }, (_, number) => ({ ...card, uuid: `n${at}-g${number}` }));
      return { name: `n${at}`, labels: {}, devices, capacity: { ...NOTHING, cpuMillis }, isDraining: false };
    }),
  );

/** Requests for those nodes. */
export function crowdOf(length: number): fc.Arbitrary<readonly ResourceRequest[]> {
  const one = fc.record({ gpus: fc.nat(4), cpuMillis: fc.nat(3), runMs: fc.integer({ min: 1, max: 30 }) });
  return fc.array(one, { minLength: length, maxLength: length }).map((requests) =>
    requests.map(({ gpus, cpuMillis, runMs }, at): ResourceRequest => {
      const rest = { gpuMemoryBytes: 0, labels: {}, isEnforced: true, waitingSinceMs: 0 };
      return { id: `r${at}`, gpus, needs: { ...NOTHING, cpuMillis }, runMs, ...rest };
    }),
  );
}
