import { AppError, isFinal } from '@inference/domain';
import type { Deps } from '../deps.ts';
import type { Actor } from '../store/audit-store.ts';
import type { Viewer } from '../store/viewer.ts';
import { priorityName, priorityOf } from '../v1/priority-of.ts';
import { placeTask } from './place-task.ts';
import { enterTask, findRepeated, modelForTask, type Sender, type Submitted } from './submit-task.ts';

/** Who wants a task once more: what they may see, whose the new task is, and who the audit tells of. */
export type Retry = { readonly viewer: Viewer; readonly sender: Sender; readonly by: Actor };

/** Runs an ended task once more: a new task of whoever asks, with the same input and wishes. The audit tells of who is not its owner. */
export async function retryTask(deps: Deps, uid: string, { viewer, sender, by }: Retry): Promise<Submitted> {
  const old = await deps.store.findTaskFiles(uid, viewer);
  if (old === null) throw new AppError('task_not_found');
  if (!isFinal(old.state)) throw new AppError('task_not_ended');
  const model = await modelForTask(deps, old.model, { sender, withoutGpu: 'refuse' });
  const newUid = deps.newId();
  const wanted = {
    uid: newUid,
    ...sender,
    modelId: model.id,
    labels: old.labels,
    timeLimitMs: old.timeLimitMs === null ? null : Number(old.timeLimitMs),
    deadlineMs: old.deadlineMs === null ? null : Number(old.deadlineMs),
    ...priorityOf(priorityName(old.priority)),
    ...{ asks: old.asks, modelQueuedMax: model.queuedMax },
    retryOf: old.id,
  };
  // First of all, as with a task that is sent: who repeats a request that was accepted hears of no fault that came later.
  const repeated = await findRepeated(deps, { ...wanted, sha256: old.inputSha256 });
  if (repeated !== null) return repeated;
  const place = await placeTask(deps, model, { asks: old.asks, isRefused: true });
  // Last, as nothing may be left of what is refused.
  const key = `inputs/${newUid}.zip`;
  if (old.isPurged || !(await deps.files.copy(old.inputKey, key))) throw new AppError('input_expired');
  const input = { key, bytes: Number(old.inputBytes), sha256: old.inputSha256 };
  const entry = { action: 'task.retried', subject: uid, detail: { owner: old.owner, task: newUid } } as const;
  return await enterTask(deps, { ...wanted, ...place, input }, old.owner === by.owner ? null : { by, entry });
}
