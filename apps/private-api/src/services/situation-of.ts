import { type Lease, type Node, orderRequests, type ResourceRequest, type Resources, type Situation } from '@inference/allocator';
import type { Pool, ResourceAsks } from '@inference/domain';
import type { HoldRow, NodeRow, QueueRows, WaitingRow } from '../store/queue-store.ts';

/** What comes before a model's time begins and after it is over (its image, its input, its end, its output), in milliseconds at most as a rule. */
const BESIDE_LIMIT_MS = 120_000;
/** A model is expected to be done within so many times what 95 of 100 of its attempts took. */
const GUESS_FACTOR = 2;

const NONE: Resources = { cpuMillis: 0, memoryBytes: 0, shmBytes: 0, scratchBytes: 0 };

type Rows = Pick<QueueRows, 'nowMs' | 'nodes' | 'holds' | 'waiting'>;

/** What the allocator is asked, from what the database has of a pool. `asking`: the consumer that claims; it has no trouble, as it does. */
export function situationOf(pool: Pool, { nowMs, nodes: rows, holds, waiting }: Rows, asking?: string): Situation {
  const nodes = rows.map((row) => nodeOf(row, asking));
  const most = Math.max(1, ...nodes.map(({ devices }) => devices.length));
  const turns = waiting.map((row) => {
    const request = requestOf(pool, row);
    const gpus = request.gpus === 'all' ? most : request.gpus;
    return { id: row.uid, owner: row.owner, key: row.orderKey, gpus, runMs: row.expectedMs, request };
  });
  const uses = new Map(waiting.map(({ owner, ownerMillis }) => [owner, { gpuSeconds: ownerMillis / 1000, atMs: nowMs }]));
  const requests = orderRequests(turns, uses, nowMs).map(({ request }) => request);
  const leases = holds.flatMap((hold) => leasesOf(hold, nodes));
  return { nodes, leases, requests, nowMs, ...(asking === undefined ? {} : { asking }) };
}

/** The same, if all that runs takes as long as its model usually does: for a guess, not for a decision. */
export function expectedSituation(pool: Pool, rows: Rows): Situation {
  const asUsual = rows.waiting.map((row) => ({ ...row, limitMs: row.expectedMs, longMs: null }));
  const holds = rows.holds.map((hold) => ({ ...hold, limitAtMs: hold.limitAtMs === null ? null : hold.expectedAtMs }));
  return situationOf(pool, { ...rows, waiting: asUsual, holds });
}

/** A request of somebody who does not wait yet. */
export function requestFor(pool: Pool, asks: ResourceAsks): ResourceRequest {
  const wishes = { gpus: gpusOf(pool, asks), gpuMemoryBytes: asks.gpuMemoryBytes ?? 0, needs: needsOf(asks), labels: asks.labels ?? {} };
  return { id: '', ...wishes, runMs: 0, isEnforced: true, waitingSinceMs: 0 };
}

function nodeOf({ id, node, isTroubled, isSilent }: NodeRow, asking: string | undefined): Node {
  const devices = node?.devices ?? [];
  return {
    name: id,
    labels: node?.labels ?? {},
    devices: devices.map(({ uuid, memoryBytes, kind, groups, trouble }) => ({
      uuid,
      memoryBytes,
      kind,
      groups,
      isHealthy: trouble === null,
    })),
    capacity: node?.capacity ?? NONE,
    isDraining: id !== asking && (isTroubled || isSilent),
  };
}

function requestOf(pool: Pool, row: WaitingRow): ResourceRequest {
  const { asks } = row;
  const limitMs = row.limitMs + BESIDE_LIMIT_MS;
  const guessMs = row.longMs === null ? limitMs : GUESS_FACTOR * row.longMs;
  return {
    ...requestFor(pool, asks),
    id: row.uid,
    runMs: Math.min(guessMs, limitMs),
    isEnforced: guessMs >= limitMs,
    waitingSinceMs: row.createdAtMs,
  };
}

/** How many GPUs a task of a pool asks for. */
function gpusOf(pool: Pool, { gpus }: ResourceAsks): number | 'all' {
  return pool === 'docker-gpu' ? (gpus ?? 1) : 0;
}

function needsOf({ cpuMillis = 0, memoryBytes = 0, shmBytes = 0, scratchBytes = 0 }: ResourceAsks): Resources {
  return { cpuMillis, memoryBytes, shmBytes, scratchBytes };
}

/** What an attempt holds of its own node; and its devices on others that name them, too: two consumers may share a machine. */
function leasesOf({ uid, consumerId, asks, gpuUuids, limitAtMs }: HoldRow, nodes: readonly Node[]): readonly Lease[] {
  const untilMs = limitAtMs === null ? null : limitAtMs + BESIDE_LIMIT_MS;
  return nodes.flatMap((node) => {
    const isOwn = node.name === consumerId;
    const devices = isOwn ? gpuUuids : gpuUuids.filter((uuid) => node.devices.some((device) => device.uuid === uuid));
    return isOwn || devices.length > 0 ? [{ holder: uid, node: node.name, devices, holds: isOwn ? needsOf(asks) : NONE, untilMs }] : [];
  });
}
