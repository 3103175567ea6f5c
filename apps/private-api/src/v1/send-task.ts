import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import type { TaskView } from '../services/view-task.ts';
import { taskOf } from './task-of.ts';

/** Sends a task, or that it is as the client knows it. */
export function sendTask(request: Request, response: Response, view: TaskView): void {
  const body = JSON.stringify(taskOf(view));
  const etag = `"${createHash('sha1').update(body).digest('base64url')}"`;
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

/** Aborted once nobody waits for the answer any more. */
export function whileConnected(response: Response): AbortSignal {
  const aborter = new AbortController();
  response.once('close', () => aborter.abort());
  return aborter.signal;
}
