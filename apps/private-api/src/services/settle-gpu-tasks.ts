import type { Tx } from '@inference/database';
import type { Deps } from '../deps.ts';
import { poolSupply } from '../store/consumer-store.ts';
import { insertEvent } from '../store/event-store.ts';
import { failWaitingGpuTasks, moveWaitingGpuTasksToCpu } from '../store/task-store.ts';

const NO_GPU = 'The model asks for a GPU, and no consumer has one. Register it with use_gpu=false, or add a machine with a GPU.';

/** Ends tasks that ask for a GPU where consumers are known and none has any; or lets them run without, if the admin allows that. */
export async function settleGpuTasks(deps: Deps, tx: Tx): Promise<void> {
  const supply = await poolSupply(tx, 'docker-gpu');
  if (supply.known === 0 || supply.gpus > 0) return;
  if (deps.settings.allowCpuFallback) {
    await moveWaitingGpuTasksToCpu(tx);
    return;
  }
  for (const { id, uid } of await failWaitingGpuTasks(tx, NO_GPU)) {
    await insertEvent(tx, { taskId: id, kind: 'failed', text: NO_GPU });
    deps.news.tell(uid);
  }
}
