import type { Tx } from '@inference/database';

/** The attempts that count: the newest of those that did well. */
export const USAGE_ATTEMPTS_MAX = 1_000;

/** Of what is known: half of it, 95 % of it and all of it is no more than this. */
export type Spread = readonly [p50: number, p95: number, most: number];

/** What the newest attempts of a model used that did well; null: of none it is known. */
export type UsageRow = {
  readonly attempts: number;
  readonly memoryPeakBytes: Spread | null;
  readonly cpuSeconds: Spread | null;
  readonly gpuMemoryPeakBytes: Spread | null;
  readonly outputBytes: Spread | null;
  readonly runMs: Spread | null;
};

/** Uses task_model_id_id_idx. */
export async function readModelUsage(tx: Tx, modelId: number): Promise<UsageRow> {
  const [row] = await tx.$queryRaw<UsageRow[]>`
    WITH newest AS (
      SELECT a.* FROM task t JOIN attempt a ON a.task_id = t.id AND a.number = t.attempt
      WHERE t.model_id = ${modelId} AND t.state = 'succeeded' AND a.outcome = 'succeed' AND a.run_ms IS NOT NULL
      ORDER BY t.id DESC LIMIT ${USAGE_ATTEMPTS_MAX}::int
    ), wanted AS (SELECT '{0.5,0.95,1}'::float8[] AS shares)
    SELECT count(*)::int AS attempts,
           percentile_disc((SELECT shares FROM wanted)) WITHIN GROUP (ORDER BY memory_peak_bytes::float8) AS "memoryPeakBytes",
           percentile_disc((SELECT shares FROM wanted)) WITHIN GROUP (ORDER BY cpu_seconds) AS "cpuSeconds",
           percentile_disc((SELECT shares FROM wanted)) WITHIN GROUP (ORDER BY gpu_memory_peak_bytes::float8) AS "gpuMemoryPeakBytes",
           percentile_disc((SELECT shares FROM wanted)) WITHIN GROUP (ORDER BY output_content_bytes::float8) AS "outputBytes",
           percentile_disc((SELECT shares FROM wanted)) WITHIN GROUP (ORDER BY run_ms::float8) AS "runMs"
    FROM newest`;
  if (row === undefined) throw new Error('an aggregate has no row');
  return row;
}
