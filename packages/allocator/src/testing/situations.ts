import { allocate } from '../allocate.ts';
import type { Allocation, Situation } from '../allocation.ts';
import type { Lease } from '../lease.ts';
import type { Device, Node } from '../node.ts';
import type { ResourceRequest } from '../resource-request.ts';
import { NOTHING } from '../resources.ts';

export const GIB = 2 ** 30;
export const MINUTE_MS = 60_000;
const PLENTY = { cpuMillis: 64_000, memoryBytes: 256 * GIB, shmBytes: 64 * GIB, scratchBytes: 1_000 * GIB };

/** Cards of 24 GiB, named g0, g1 and so on; each list of groups makes one. */
export function cards(groups: readonly (readonly string[])[], device: Partial<Device> = {}): readonly Device[] {
  return groups.map((own, at) => ({ uuid: `g${at}`, memoryBytes: 24 * GIB, kind: 'gpu', isHealthy: true, groups: own, ...device }));
}

/** A node with so many cards that are in no group, and plenty of everything else. */
export function nodeOf(count: number, node: Partial<Node> = {}): Node {
  const devices = cards(Array.from({ length: count }, () => []));
  return { name: 'node', labels: {}, devices, capacity: PLENTY, isDraining: false, ...node };
}

export function leaseOf(holder: string, devices: readonly string[], lease: Partial<Lease> = {}): Lease {
  return { holder, node: 'node', devices, holds: NOTHING, untilMs: 10 * MINUTE_MS, ...lease };
}

/** A request for so many GPUs that runs for an hour at most. */
export function ask(id: string, gpus: number | 'all', request: Partial<ResourceRequest> = {}): ResourceRequest {
  const all = { gpuMemoryBytes: 0, needs: NOTHING, labels: {}, runMs: 60 * MINUTE_MS, isEnforced: true, waitingSinceMs: 0 };
  return { id, gpus, ...all, ...request };
}

/** Allocates at time 0 unless told otherwise. */
export function allocateNow(requests: readonly ResourceRequest[], situation: Partial<Situation> = {}): Allocation {
  return allocate({ nodes: [nodeOf(4)], leases: [], nowMs: 0, requests, ...situation });
}

/** Who starts, and on which devices. */
export function startsOf({ starts }: Allocation): Record<string, readonly string[]> {
  return Object.fromEntries(starts.map(({ id, devices }) => [id, devices.toSorted()]));
}
