import type { ResourceAsks } from '@inference/domain';
import type { ReceivedFile } from '@inference/files';
import type { Deps } from '../deps.ts';
import type { Actor } from '../store/audit-store.ts';
import type { ModelRow } from '../store/model-store.ts';
import { acceptZip } from './accept-zip.ts';
import { placeTask } from './place-task.ts';
import { type NewModel, registerModel } from './register-model.ts';
import { enterTask, noWishes, type Sender } from './submit-task.ts';

/** The label of tasks that try a new model. */
const LABELS = { trial: 'registration' };

type Sample = { readonly upload: ReceivedFile; readonly sender: Sender; readonly by: Actor };

/**
 * Registers a container model and sends it its first task, the sample. A sample that is no good input keeps the model from being
 * registered; should the process die in between, the model is there without its trial.
 *
 * @returns the model, and the uid of the task
 */
export async function registerAndTry(deps: Deps, model: NewModel, sample: Sample): Promise<{ made: ModelRow; trial: string }> {
  const uid = deps.newId();
  const input = await acceptZip(deps, sample.upload, `inputs/${uid}.zip`).catch(async (error: unknown) => {
    await model.zip?.upload.discard();
    throw error;
  });
  const made = await registerModel(deps, model, sample.by).catch(async (error: unknown) => {
    await deps.files.delete(input.key);
    throw error;
  });
  // Where it lacks a GPU, the trial says so: the model is registered all the same.
  const asks = made.asks as ResourceAsks;
  const place = await placeTask(deps, made, { asks, isRefused: false });
  // A trial is the registration's own: what of its owner's waits does not matter.
  const task = {
    uid,
    ...sample.sender,
    queuedMax: null,
    ...place,
    modelId: made.id,
    modelQueuedMax: null,
    retryOf: null,
    ...noWishes({ asks }),
    labels: LABELS,
    input,
  };
  await enterTask(deps, task);
  return { made, trial: uid };
}
