import type { TaskRow } from '../rows.ts';
import { decidedCount, isClaimable } from './claim-store.ts';
import { attemptKeyOf, type MemoryDatabase } from './memory-database.ts';
import { modelOf } from './related-rows.ts';
import type { Statement } from './statement.ts';
import { queuedIn } from './task-store.ts';
import { secondsBefore } from './times.ts';
import { expectedMs, waitingOwners } from './turns.ts';

const LOOKED_AT = { few: { tasks: 100, ofOwner: 2 }, many: { tasks: 1_000, ofOwner: 10 } };
const SILENT_SECONDS = 120;

type HoldRow = ReturnType<Statement<'readQueue'>>['holds'][number];

export const readQueue: Statement<'readQueue'> = (db, pool, holding, look) => {
  const owners = waitingOwners(db, pool);
  const { tasks, ofOwner } = LOOKED_AT[look];
  const ofOwnerMax = Math.max(ofOwner, Math.floor(tasks / Math.max(owners.length, 1)));
  const due = queuedIn(db, pool).filter((task) => isClaimable(db, task, holding) && mayRun(db, task));
  const looked = owners.flatMap(({ owner, running, gpuMillis }) => {
    const own = due.filter((task) => task.owner === owner && (task.running_max === null || task.running_max > running));
    return own.slice(0, ofOwnerMax).map((task) => ({ task, gpuMillis }));
  });
  const waiting = looked
    .toSorted((a, b) => a.task.id - b.task.id)
    .map(({ task, gpuMillis }) => ({
      id: task.id,
      uid: task.uid,
      owner: task.owner,
      orderKey: Number(task.order_key),
      asks: task.asks,
      limitMs: limitMs(db, task),
      expectedMs: expectedMs(modelOf(db, task)),
      longMs: numberOf(modelOf(db, task).long_ms),
      createdAtMs: task.created_at.getTime(),
      ownerMillis: gpuMillis,
    }));
  return { nowMs: db.now().getTime(), decided: decidedCount(db), ofOwnerMax, waiting, nodes: listNodes(db, pool), holds: holdsOf(db) };
};

function mayRun(db: MemoryDatabase, task: TaskRow): boolean {
  return (modelOf(db, task).running_max ?? Number.POSITIVE_INFINITY) > runningOf(db, task.model_id);
}

function runningOf(db: MemoryDatabase, modelId: number): number {
  return db.tasksHeld.get('held').filter((task) => task.model_id === modelId).length;
}

function limitMs(db: MemoryDatabase, task: TaskRow): number {
  const { time_ms: mostMs } = modelOf(db, task);
  return Number(task.time_limit_ms !== null && task.time_limit_ms < mostMs ? task.time_limit_ms : mostMs);
}

function numberOf(value: bigint | null): number | null {
  return value === null ? null : Number(value);
}

export const listNodes: Statement<'listNodes'> = (db, pool) =>
  db.consumer
    .all()
    .filter(({ pools }) => pools.includes(pool))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, node, trouble, seen_at: seenAt }) => ({
      id,
      node,
      isTroubled: Object.hasOwn(trouble, pool),
      isSilent: seenAt < secondsBefore(db.now(), SILENT_SECONDS),
    }));

function holdsOf(db: MemoryDatabase): HoldRow[] {
  const live = db.deviceLease.all().filter((lease) => lease.ended_at === null);
  const keys = new Set(db.tasksHeld.get('held').map((task) => attemptKeyOf(task.id, task.attempt)));
  for (const lease of live) keys.add(attemptKeyOf(lease.task_id, lease.attempt));
  return [...keys]
    .flatMap((key) => db.attemptByNumber.get(key) ?? [])
    .toSorted((a, b) => a.task_id - b.task_id || a.number - b.number)
    .flatMap((a) => {
      const task = db.taskById.get(a.task_id);
      if (task === undefined) return [];
      const own = live.filter((lease) => lease.task_id === a.task_id && lease.attempt === a.number).toSorted((x, y) => x.id - y.id);
      return [
        {
          id: task.id,
          uid: task.uid,
          attempt: a.number,
          consumerId: a.consumer_id,
          asks: task.asks,
          gpuUuids: own.map(({ device_uuid }) => device_uuid),
          limitAtMs: a.outcome === 'lost' ? null : a.started_at.getTime() + limitMs(db, task),
          expectedAtMs: a.started_at.getTime() + expectedMs(modelOf(db, task)),
        },
      ];
    });
}
