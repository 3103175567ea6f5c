import { allocate, type Lease, type Node, type ResourceRequest } from '@inference/allocator';
import { GPUS, type SimulatedTask } from './load.ts';

/** A task that runs, and the devices that it has. */
export type Running = { readonly task: SimulatedTask; readonly devices: readonly string[]; readonly startedMs: number };

/** Decides which of the waiting tasks, in the order of their age, start now, and with which devices. */
export type Policy = (
  waiting: readonly SimulatedTask[],
  running: readonly Running[],
  nowMs: number,
) => ReadonlyMap<string, readonly string[]>;

const NOTHING = { cpuMillis: 0, memoryBytes: 0, shmBytes: 0, scratchBytes: 0 };
/** Nobody asks why. */
const NOBODY: ReadonlySet<string> = new Set();
const UUIDS = Array.from({ length: GPUS }, (_, at) => `GPU-${at}`);
const NODE: Node = {
  name: 'node',
  labels: {},
  capacity: NOTHING,
  isDraining: false,
  devices: UUIDS.map((uuid) => ({ uuid, memoryBytes: 1, kind: 'gpu', isHealthy: true, groups: [] })),
};

/** First come, first served: the oldest one waits, and all others behind it. */
const fifo: Policy = (waiting, running) => startWhile(waiting, running, 'stop');
/** Whoever fits starts. */
const greedy: Policy = (waiting, running) => startWhile(waiting, running, 'go on');

/** The product's own function. */
const ours: Policy = (waiting, running, nowMs) => {
  const { starts } = allocate({ nodes: [NODE], leases: running.map(leaseOf), requests: waiting.map(requestOf), nowMs, explained: NOBODY });
  return new Map(starts.map(({ id, devices }) => [id, devices]));
};

export const POLICIES = { 'strict FIFO': fifo, greedy, 'reserve + backfill': ours } as const satisfies Record<string, Policy>;
export type PolicyName = keyof typeof POLICIES;

function startWhile(waiting: readonly SimulatedTask[], running: readonly Running[], atMisfit: 'stop' | 'go on') {
  const held = new Set(running.flatMap(({ devices }) => devices));
  const free = UUIDS.filter((uuid) => !held.has(uuid));
  const starts = new Map<string, readonly string[]>();
  for (const { id, gpus } of waiting) {
    if (gpus <= free.length) starts.set(id, free.splice(0, gpus));
    else if (atMisfit === 'stop' || free.length === 0) break;
  }
  return starts;
}

function leaseOf({ task, devices, startedMs }: Running): Lease {
  return { holder: task.id, node: NODE.name, devices, holds: NOTHING, untilMs: startedMs + task.limitMs };
}

function requestOf({ id, gpus, limitMs, submittedMs }: SimulatedTask): ResourceRequest {
  return { id, gpus, gpuMemoryBytes: 0, needs: NOTHING, labels: {}, runMs: limitMs, isEnforced: true, waitingSinceMs: submittedMs };
}
