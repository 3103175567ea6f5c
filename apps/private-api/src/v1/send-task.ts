import { hash } from 'node:crypto';
import type { Request, Response } from 'express';
import type { TaskView } from '../services/view-task.ts';
import { taskOf } from './task-of.ts';

/** Sends a task, or that it is as the client knows it. */
export function sendTask(request: Request, response: Response, view: TaskView): void {
  const body = JSON.stringify(taskOf(view));
  const etag = `"${hash('sha1', body, 'base64url')}"`;
  response.set('ETag', etag).type('json');
  if (['GET', 'HEAD'].includes(request.method) && isKnown(request, etag)) response.status(304).end();
  else response.send(body);
}

/** Whether the client has this very answer. Not Express's rule: that gives up at the `Cache-Control: no-cache` which fetch adds. */
function isKnown({ headers }: Request, etag: string): boolean {
  const known = (headers['if-none-match'] ?? '').split(',').map((each) => each.trim().replace(/^W\//, ''));
  return known.includes(etag) || known.includes('*');
}

/** Tells where a task is found. */
export function setLocation(response: Response, taskUid: string): void {
  response.set('Location', `/api/v1/tasks/${taskUid}`);
}

/** Aborted when the client goes away before it has the answer. */
export function whileConnected(response: Response): AbortSignal {
  const aborter = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) aborter.abort();
  });
  return aborter.signal;
}
