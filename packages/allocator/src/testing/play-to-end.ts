import { allocate } from '../allocate.ts';
import type { Wait } from '../allocation.ts';
import type { Lease } from '../lease.ts';
import type { Node } from '../node.ts';
import type { ResourceRequest } from '../resource-request.ts';

/** A request that comes at `waitingSinceMs`, and how long it really runs: at most as long as it may. */
export type Coming = { readonly request: ResourceRequest; readonly trueMs: number };

type Promised = { readonly id: string; readonly byMs: number };

/** What became of requests, by their ids. */
export type Story = {
  readonly startedMs: ReadonlyMap<string, number>;
  /** What was promised to the first in the order that had to wait for others to end, each time. */
  readonly promises: readonly Promised[];
  /** What was last said of those that never started. */
  readonly left: readonly Wait[];
};

type Running = { readonly lease: Lease; readonly endsMs: number };

/** Plays requests, in the order in which they come, until nothing happens any more. */
export function playToEnd(nodes: readonly Node[], coming: readonly Coming[]): Story {
  const startedMs = new Map<string, number>();
  const promises: Promised[] = [];
  let running: readonly Running[] = [];
  let left: readonly Wait[] = [];
  for (let nowMs = nextOf(-1, running, coming); nowMs !== null; nowMs = nextOf(nowMs, running, coming)) {
    const atMs = nowMs;
    running = running.filter(({ endsMs }) => endsMs > atMs);
    const there = coming.filter(({ request }) => request.waitingSinceMs <= atMs && !startedMs.has(request.id));
    const requests = there.map(({ request }) => request);
    const decided = allocate({ nodes, leases: running.map(({ lease }) => lease), requests, nowMs });
    for (const { id, node, devices } of decided.starts) {
      const { request, trueMs } = there.find((one) => one.request.id === id) as Coming;
      startedMs.set(id, atMs);
      const lease = { holder: id, node, devices, holds: request.needs, untilMs: atMs + request.runMs };
      running = [...running, { lease, endsMs: atMs + trueMs }];
    }
    const [first] = decided.reservations;
    if (first !== undefined) promises.push({ id: first.id, byMs: first.fromMs });
    left = decided.waits;
  }
  return { startedMs, promises, left };
}

function nextOf(lastMs: number, running: readonly Running[], coming: readonly Coming[]): number | null {
  const times = [...running.map(({ endsMs }) => endsMs), ...coming.map(({ request }) => request.waitingSinceMs)];
  const next = Math.min(...times.filter((time) => time > lastMs));
  return next === Number.POSITIVE_INFINITY ? null : next;
}
