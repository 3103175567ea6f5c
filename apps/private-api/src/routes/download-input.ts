import { AppError } from '@inference/domain';
import type { RequestHandler } from 'express';
import { readerOf, viewerOf } from '../allow.ts';
import type { Deps } from '../deps.ts';
import { sendFile } from '../send-file.ts';
import { noteRead } from '../services/note-read.ts';
import { taskUid } from '../task-uid.ts';

/** GET /api/tasks/inputs/{uid} (private) -> 200, the task's input zip. */
export function downloadInputRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const task = await deps.store.findTaskFor(taskUid(request), viewerOf(response));
    if (task === null || task.purgedAt !== null) throw new AppError('task_not_found');
    const file = { key: task.inputKey, bytes: Number(task.inputBytes), sha256: task.inputSha256, name: `${task.uid}-input.zip` };
    await noteRead(deps, task.uid, readerOf(response), 'input');
    await sendFile(deps, file, request, response);
  };
}
