import type { Tables } from '../tables.ts';
import { attemptsOf } from './rows-of-task.ts';

/** A device belongs to one attempt at a time, and to one that runs, or ran, on the consumer that the lease names. */
export function devicesAreNotShared(tables: Tables): string[] {
  const live = tables.device_lease.filter(({ ended_at }) => ended_at === null);
  const shared = [...Map.groupBy(live, (lease) => lease.device_uuid)].flatMap(([uuid, leases]) =>
    leases.length === 1 ? [] : [`${uuid} is held by ${leases.map(({ task_id, attempt }) => `task ${task_id}/${attempt}`).join(' and ')}`],
  );
  const strange = live.flatMap(({ device_uuid: uuid, task_id: id, attempt, consumer_id: consumer }) => {
    const holder = attemptsOf(tables, { id }).find(({ number }) => number === attempt);
    if (holder === undefined || holder.consumer_id === consumer) return [];
    return [`${uuid} of ${consumer} is held by task ${id}/${attempt}, which is on ${holder.consumer_id}`];
  });
  return [...shared, ...strange];
}
