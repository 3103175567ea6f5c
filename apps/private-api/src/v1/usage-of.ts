import type { ModelUsageView } from '@inference/contracts';
import type { ModelRow } from '../store/model-store.ts';
import type { Spread, UsageRow } from '../store/usage-store.ts';
import { modelOf } from './model-of.ts';

/** What a model uses, as /api/v1 shows it. */
export function usageOf(model: ModelRow, row: UsageRow): ModelUsageView {
  return {
    model: model.humanReadableId,
    attempts: row.attempts,
    memory_peak_bytes: shown(row.memoryPeakBytes),
    cpu_seconds: shown(row.cpuSeconds),
    gpu_memory_peak_bytes: shown(row.gpuMemoryPeakBytes),
    output_bytes: shown(row.outputBytes),
    run_seconds: shown(row.runMs, 1 / 1000),
    limits: modelOf(model).limits,
  };
}

function shown(spread: Spread | null, factor = 1): ModelUsageView['cpu_seconds'] {
  if (spread === null) return null;
  const [p50, p95, most] = spread;
  return { p50: p50 * factor, p95: p95 * factor, max: most * factor };
}
