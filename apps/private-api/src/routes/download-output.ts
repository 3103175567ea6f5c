import type { RequestHandler } from 'express';
import { readerOf, viewerOf } from '../allow.ts';
import type { Deps } from '../deps.ts';
import { sendFile } from '../send-file.ts';
import { downloadOutput } from '../services/download-output.ts';
import { noteRead } from '../services/note-read.ts';
import { standardStatus } from '../standard-status.ts';
import { taskUid } from '../task-uid.ts';

/** Seconds after which a client should ask again. */
const RETRY_AFTER_SECONDS = '2';
/** GET /api/tasks/outputs/{uid} (public: /api/tasks/{uid}) -> 200 the output zip, else 551 to 554. */
export function downloadOutputRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const uid = taskUid(request);
    const answer = await downloadOutput(deps, uid, viewerOf(response));
    if (answer.kind === 'output') {
      await noteRead(deps, uid, readerOf(response), 'output');
      response.set('X-Task-State', 'succeeded');
      await sendFile(deps, { ...answer, name: `${uid}.zip` }, request, response);
      return;
    }
    response.set('X-Task-State', answer.state);
    if (answer.error.code === 'task_pending') response.set('Retry-After', RETRY_AFTER_SECONDS);
    const { status, message, code } = answer.error;
    response.status(standardStatus(status, request)).json({ detail: message, code, reason: answer.reason });
  };
}
