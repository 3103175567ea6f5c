import { AppError, isFinal } from '@inference/domain';
import type { StoredFile } from '@inference/files';
import type { Deps } from '../deps.ts';
import type { FilesRow } from '../store/task-view-store.ts';
import type { Viewer } from '../store/viewer.ts';

/** A task's input as it is stored. @throws AppError `task_not_found`, `input_expired` */
export async function inputOfTask(deps: Deps, uid: string, viewer: Viewer): Promise<StoredFile> {
  const task = await known(deps, uid, viewer);
  const input = { key: task.inputKey, bytes: Number(task.inputBytes), sha256: task.inputSha256 };
  if (task.isPurged || !(await isStored(deps, uid, input))) throw new AppError('input_expired');
  return input;
}

/** A task's output as it is stored. @throws AppError that says why there is none */
export async function outputOfTask(deps: Deps, uid: string, viewer: Viewer): Promise<StoredFile> {
  const task = await known(deps, uid, viewer);
  if (!isFinal(task.state)) throw new AppError('output_not_ready');
  if (task.outputKey === null) throw new AppError('no_output', task.failureReason ?? undefined);
  const output = { key: task.outputKey, bytes: Number(task.outputBytes), sha256: task.outputSha256 ?? '' };
  if (task.isPurged || !(await isStored(deps, uid, output))) throw new AppError('output_expired');
  return output;
}

async function known(deps: Deps, uid: string, viewer: Viewer): Promise<FilesRow> {
  const task = await deps.store.findTaskFiles(uid, viewer);
  if (task === null) throw new AppError('task_not_found');
  return task;
}

async function isStored(deps: Deps, taskUid: string, { key, bytes }: StoredFile): Promise<boolean> {
  const found = await deps.files.size(key);
  if (found === bytes) return true;
  deps.log.error({ taskUid, key, bytes: found }, 'a file of a task is missing or has another size');
  return false;
}
