import type { Loop } from '@inference/service';
import type { Deps } from '../deps.ts';
import { deleteOldAudit } from './delete-old-audit.ts';
import { deleteOldEvents } from './delete-old-events.ts';
import { deleteOldFiles } from './delete-old-files.ts';
import { endOverdueTasks } from './end-overdue-tasks.ts';
import { endOverlongAttempts } from './end-overlong-attempts.ts';
import { expireLeases } from './expire-leases.ts';
import { measureModels } from './measure-models.ts';
import { ringDueTasks } from './ring-due-tasks.ts';
import { settleGpuTasks } from './settle-gpu-tasks.ts';

/** What every private API does by itself, each loop with its own interval. */
export function allLoops(deps: Deps): Loop[] {
  return [
    ringDueTasks(deps),
    expireLeases(deps),
    endOverlongAttempts(deps),
    endOverdueTasks(deps),
    settleGpuTasks(deps),
    measureModels(deps),
    deleteOldFiles(deps),
    deleteOldEvents(deps),
    deleteOldAudit(deps),
  ];
}
