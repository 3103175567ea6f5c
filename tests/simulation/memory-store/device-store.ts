import type { DeviceLeaseRow } from '../rows.ts';
import { attemptKeyOf, type MemoryDatabase } from './memory-database.ts';
import type { Statement } from './statement.ts';
import { addUse } from './turns.ts';

export const endDeviceLeases: Statement<'endDeviceLeases'> = (db, { taskUid, attempt, token }) => {
  const task = db.taskByUid.get(taskUid);
  const row = task && db.attemptByNumber.get(attemptKeyOf(task.id, attempt));
  if (row?.token !== token) return false;
  return end(
    db,
    db.deviceLeasesOf.get(row.consumer_id).filter((lease) => lease.task_id === row.task_id && lease.attempt === attempt),
  );
};

export const endGoneDevices: Statement<'endGoneDevices'> = (db, consumerId, gone) => {
  const keys = keysOf(db, gone);
  const leases = db.deviceLeasesOf.get(consumerId).filter((lease) => keys.has(attemptKeyOf(lease.task_id, lease.attempt)));
  return end(db, leases);
};

export const listLeftovers: Statement<'listLeftovers'> = (db, { consumerId, bootId, holding }) => {
  const held = keysOf(db, holding);
  const isLost = (lease: DeviceLeaseRow) => db.attemptByNumber.get(attemptKeyOf(lease.task_id, lease.attempt))?.outcome === 'lost';
  const leases = db.deviceLeasesOf.get(consumerId).filter((lease) => lease.boot_id !== bootId || isLost(lease));
  const left = leases.filter((lease) => !held.has(attemptKeyOf(lease.task_id, lease.attempt)));
  const named = new Map(left.map((lease) => [attemptKeyOf(lease.task_id, lease.attempt), lease]));
  return [...named.values()]
    .map(({ task_id, attempt }) => ({ taskUid: db.taskById.get(task_id)?.uid ?? '', attempt }))
    .toSorted((a, b) => (a.taskUid === b.taskUid ? a.attempt - b.attempt : a.taskUid < b.taskUid ? -1 : 1));
};

function keysOf(db: MemoryDatabase, attempts: readonly { taskUid: string; attempt: number }[]): ReadonlySet<string> {
  return new Set(attempts.map(({ taskUid, attempt }) => attemptKeyOf(db.taskByUid.get(taskUid)?.id ?? 0, attempt)));
}

export const endDevicesOf: Statement<'endDevicesOf'> = (db, consumerId) => end(db, db.deviceLeasesOf.get(consumerId));

function end(db: MemoryDatabase, leases: readonly DeviceLeaseRow[]): boolean {
  const millis = new Map<string, number>();
  for (const lease of leases) {
    const owner = db.taskById.get(lease.task_id)?.owner ?? '';
    millis.set(owner, (millis.get(owner) ?? 0) + Math.max(0, db.now().getTime() - lease.taken_at.getTime()));
    db.deviceLease.update(lease, { ended_at: db.now() });
  }
  for (const [owner, used] of millis) addUse(db, owner, used);
  return leases.length > 0;
}
