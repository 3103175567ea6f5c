import { AppError } from '@inference/domain';
import type { RequestHandler } from 'express';
import { readerOf, viewerOf } from '../../allow.ts';
import type { Deps } from '../../deps.ts';
import { inputOfTask, outputOfTask } from '../../services/find-task-files.ts';
import { noteRead } from '../../services/note-read.ts';
import { listOutput, openOutputFile } from '../../services/output-entries.ts';
import { taskIn } from '../../v1/path-parameter.ts';
import { sendContent } from '../../v1/send-content.ts';
import { sendZip, withRetryAfter } from '../../v1/send-output.ts';

/** GET /api/v1/tasks/{task}/output -> 200 or 206, the output zip; 409 not yet, 410 no longer. */
export function getOutputRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const uid = taskIn(request);
    const output = await withRetryAfter(response, outputOfTask(deps, uid, viewerOf(response)));
    await noteRead(deps, uid, readerOf(response), 'output');
    await sendZip(deps, { ...output, name: `${uid}.zip` }, request, response);
  };
}

/** GET /api/v1/tasks/{task}/input -> 200 or 206, the input zip; 410 no longer. */
export function getInputRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const uid = taskIn(request);
    const input = await inputOfTask(deps, uid, viewerOf(response));
    await noteRead(deps, uid, readerOf(response), 'input');
    await sendZip(deps, { ...input, name: `${uid}-input.zip` }, request, response);
  };
}

/** GET /api/v1/tasks/{task}/files -> 200, what is in the output. */
export function listFilesRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const output = await withRetryAfter(response, outputOfTask(deps, taskIn(request), viewerOf(response)));
    await noteRead(deps, taskIn(request), readerOf(response), 'output');
    response.json(await listOutput(deps, output));
  };
}

/** GET /api/v1/tasks/{task}/files/{path} -> 200, one file of the output. */
export function getFileRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const output = await withRetryAfter(response, outputOfTask(deps, taskIn(request), viewerOf(response)));
    const segments = request.params['path'];
    if (!Array.isArray(segments)) throw new AppError('not_found');
    await noteRead(deps, taskIn(request), readerOf(response), 'output');
    await sendContent(await openOutputFile(deps, output, segments.join('/')), request, response);
  };
}
