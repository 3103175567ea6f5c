import { AppError, poolOf } from '@inference/domain';
import type { ReceivedFile } from '@inference/files';
import type { Deps } from '../deps.ts';
import { findTaskModel, type TaskModel } from '../store/model-store.ts';
import { insertTask } from '../store/task-store.ts';
import { acceptZip } from './accept-zip.ts';
import { ringPool } from './ring-pool.ts';
import { settleGpuTasks } from './settle-gpu-tasks.ts';

/** The model of a task to come, asked before the body is read: nobody uploads gigabytes for a model that does not exist. */
export async function modelForTask(deps: Deps, humanReadableId: string): Promise<TaskModel> {
  const model = await findTaskModel(deps.db, humanReadableId);
  if (model === null) throw new AppError('model_not_found');
  return model;
}

/**
 * Accepts a task: once this returns, the input is safe on disk and the task in the database, and it will end.
 *
 * @param task the upload is kept or discarded here, whatever happens
 * @returns the task's uid
 * @throws AppError with the code of the zip's fault, and nothing left behind
 */
export async function submitTask(deps: Deps, task: { model: TaskModel; owner: string; upload: ReceivedFile }): Promise<string> {
  const { model, owner, upload } = task;
  const uid = deps.newId();
  const pool = poolOf({ folder: model.folder !== null, useGpu: model.useGpu });
  const input = await acceptZip(deps, upload, `inputs/${uid}.zip`);
  // Should the process die here, the file has no row: delete-old-files removes it.
  await insertTask(deps.db, { uid, owner, pool, modelId: model.id, input });
  if (pool === 'docker-gpu') await settleGpuTasks(deps, deps.db);
  // Accepted. A ring that fails or dies here is made good by ring-due-tasks.
  ringPool(deps, pool, uid);
  return uid;
}
