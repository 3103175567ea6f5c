import { MESSAGE_LIMITS } from '@inference/contracts';
import { Prisma, type Tx } from '@inference/database';
import type { Holder, LeaseKey } from './attempt-store.ts';
import { addUse } from './turns.ts';

/** Ends the leases that a condition on `d` names, and adds to what their owners have used; the statement answers how many owners there are. */
function end(condition: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    WITH ended AS (
      UPDATE device_lease d SET ended_at = now() WHERE d.ended_at IS NULL AND ${condition} RETURNING d.task_id, d.taken_at
    ), used AS (
      SELECT t.owner, sum(greatest(0, EXTRACT(epoch FROM now() - ended.taken_at)::float8 * 1000)) AS millis
      FROM ended JOIN task t ON t.id = ended.task_id GROUP BY t.owner ORDER BY t.owner
    ) ${addUse(Prisma.sql`used`)}`;
}

/** Gives back the devices of an attempt, of which nothing runs any more; answers whether it had some. Uses device_lease_task_id_attempt_idx. */
export async function endDeviceLeases(tx: Tx, lease: LeaseKey): Promise<boolean> {
  const ended = await tx.$executeRaw`${end(Prisma.sql`
    (d.task_id, d.attempt) = (SELECT a.task_id, a.number FROM task t JOIN attempt a ON a.task_id = t.id
                              WHERE t.uid = ${lease.taskUid} AND a.number = ${lease.attempt} AND a.token = ${lease.token})`)}`;
  return ended > 0;
}

/** Gives back the devices of these attempts of a consumer, of which it says that nothing runs any more; answers whether there were some. */
export async function endGoneDevices(tx: Tx, consumerId: string, gone: Holder['holding']): Promise<boolean> {
  const [uids, attempts] = [gone.map(({ taskUid }) => taskUid), gone.map(({ attempt }) => attempt)];
  const ended = await tx.$executeRaw`${end(Prisma.sql`
    d.consumer_id = ${consumerId}
    AND (d.task_id, d.attempt) IN (SELECT t.id, gone.number FROM unnest(${uids}::text[], ${attempts}::int[]) AS gone (uid, number)
                                   JOIN task t ON t.uid = gone.uid)`)}`;
  return ended > 0;
}

/**
 * What of a consumer holds devices and is nobody's: what its earlier boots ran, and what is lost, as that may have been given to a claim that had
 * been given up. Attempts that it goes on with are not among them. Uses device_lease_consumer_idx.
 */
export async function listLeftovers(tx: Tx, { consumerId, bootId, holding }: Holder): Promise<{ taskUid: string; attempt: number }[]> {
  const [uids, attempts] = [holding.map(({ taskUid }) => taskUid), holding.map(({ attempt }) => attempt)];
  return await tx.$queryRaw<{ taskUid: string; attempt: number }[]>`
    SELECT DISTINCT t.uid AS "taskUid", d.attempt FROM device_lease d JOIN task t ON t.id = d.task_id
    WHERE d.consumer_id = ${consumerId} AND d.ended_at IS NULL
      AND (d.boot_id <> ${bootId}
           OR EXISTS (SELECT 1 FROM attempt a WHERE a.task_id = d.task_id AND a.number = d.attempt AND a.outcome = 'lost'))
      AND NOT EXISTS (SELECT 1 FROM unnest(${uids}::text[], ${attempts}::int[]) AS held (uid, number)
                      WHERE held.uid = t.uid AND held.number = d.attempt)
    ORDER BY 1, 2 LIMIT ${MESSAGE_LIMITS.holdingMax}::int`;
}

/** Gives back all devices that a consumer's attempts hold: an operator says that its machine is gone. Answers whether there were some. */
export async function endDevicesOf(tx: Tx, consumerId: string): Promise<boolean> {
  return (await tx.$executeRaw`${end(Prisma.sql`d.consumer_id = ${consumerId}`)}`) > 0;
}
