import { AppError, isFinal } from '@inference/domain';
import type { Deps } from '../deps.ts';
import { findTaskFiles } from '../store/task-view-store.ts';
import type { Viewer } from '../store/viewer.ts';
import { placeTask } from './place-task.ts';
import { enterTask, modelForTask, type Sender, type Submitted } from './submit-task.ts';

/** Runs an ended task once more: a new task of whoever asks, with the same input and wishes. */
export async function retryTask(deps: Deps, uid: string, viewer: Viewer, sender: Sender): Promise<Submitted> {
  const old = await findTaskFiles(deps.db, uid, viewer);
  if (old === null) throw new AppError('task_not_found');
  if (!isFinal(old.state)) throw new AppError('task_not_ended');
  const model = await modelForTask(deps, old.model, { sender, withoutGpu: 'refuse' });
  const newUid = deps.newId();
  const key = `inputs/${newUid}.zip`;
  if (old.isPurged || !(await deps.files.copy(old.inputKey, key))) throw new AppError('input_expired');
  return await enterTask(deps, {
    uid: newUid,
    ...sender,
    ...(await placeTask(deps, model)),
    modelId: model.id,
    input: { key, bytes: Number(old.inputBytes), sha256: old.inputSha256 },
    labels: old.labels,
    timeLimitMs: old.timeLimitMs === null ? null : Number(old.timeLimitMs),
    retryOf: old.id,
  });
}
