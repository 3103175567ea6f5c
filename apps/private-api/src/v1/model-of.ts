import type { ModelView } from '@inference/contracts';
import type { ResourceAsks } from '@inference/domain';
import { type ModelRow, specOf } from '../store/model-store.ts';
import { resourcesOf } from './asks-of.ts';

/** A model as /api/v1 shows it: no path of the server. */
export function modelOf(row: ModelRow): ModelView {
  const { source, limits, loosened, zip } = specOf(row);
  return {
    id: row.humanReadableId,
    description: row.description,
    image: source.kind === 'image' ? source.image : null,
    gpu: row.useGpu,
    disabled: row.disabledAt !== null,
    loosened: [...loosened],
    limits: {
      memory_bytes: limits.memoryBytes,
      shm_bytes: limits.shmBytes,
      pids_max: limits.pidsMax,
      time_limit_seconds: limits.timeMs / 1000,
      hang_seconds: limits.hangMs === null ? null : limits.hangMs / 1000,
      cpus: limits.cpus,
      output_bytes: limits.outputBytes,
    },
    retries: row.retriesMax,
    resources: resourcesOf(row.asks as ResourceAsks),
    quotas: { running_tasks: row.runningMax, queued_tasks: row.queuedMax },
    files: zip === null ? null : { ...zip },
    created_at: row.createdAt.toISOString(),
  };
}
