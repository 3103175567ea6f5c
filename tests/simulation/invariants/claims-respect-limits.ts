import type { Tables } from '../tables.ts';

/** What ends an attempt, so that its model has room for another. */
const ENDS: readonly string[] = ['queued', 'succeeded', 'failed', 'cancelled'];

/**
 * No task is claimed while as many of its model are under way as may be. A holder that was thought lost and has renewed may be one too many:
 * that is no event, and does not count here.
 */
export function claimsRespectLimits(tables: Tables): string[] {
  const limited = new Map(
    tables.model.flatMap(({ id, running_max: max }) => (max === null ? [] : [[id, { max, running: new Set<number>() }]])),
  );
  const modelOf = new Map(tables.task.map(({ id, model_id }) => [id, model_id]));
  return tables.event.flatMap(({ id, kind, task_id: task }) => {
    const model = limited.get(modelOf.get(task) ?? 0);
    if (model === undefined) return [];
    const { max, running } = model;
    if (ENDS.includes(kind)) running.delete(task);
    if (kind !== 'claimed') return [];
    const before = running.size;
    running.add(task);
    return before < max ? [] : [`event ${id}: task ${task} was claimed while ${before} of its model were under way, of ${max} at most`];
  });
}
