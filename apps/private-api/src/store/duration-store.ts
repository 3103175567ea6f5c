import type { Tx } from '@inference/database';

/** Durations are taken from so many tasks that ended last, of all models together: a pass costs the same however many there are. */
export const ENDED_LOOKED_AT_MAX = 2_000;

/**
 * Notes for each model how long its newest attempts that did well took, from the claim to the report: half of them, and 95 of 100. A model of
 * which none is among those looked at keeps what is known. Answers how many models have changed. Uses task_unpurged_idx.
 */
export async function measureModels(tx: Tx): Promise<number> {
  return await tx.$executeRaw`
    WITH newest AS (
      SELECT id, attempt, model_id, state FROM task WHERE finished_at IS NOT NULL AND purged_at IS NULL
      ORDER BY finished_at DESC, id DESC LIMIT ${ENDED_LOOKED_AT_MAX}::int
    ), measured AS (
      SELECT n.model_id, percentile_disc(ARRAY[0.5, 0.95]) WITHIN GROUP (
               ORDER BY greatest(0, floor(EXTRACT(epoch FROM a.ended_at - a.started_at) * 1000))::bigint) AS ms
      FROM newest n JOIN attempt a ON a.task_id = n.id AND a.number = n.attempt
      WHERE n.state = 'succeeded' AND a.outcome = 'succeed' GROUP BY n.model_id
    )
    UPDATE model SET typical_ms = measured.ms[1], long_ms = measured.ms[2] FROM measured
    WHERE model.id = measured.model_id AND (model.typical_ms, model.long_ms) IS DISTINCT FROM (measured.ms[1], measured.ms[2])`;
}
