import { logQuerySchema } from '@inference/contracts';
import type { RequestHandler, Response } from 'express';
import { identityOf } from '../../allow.ts';
import { checkMessage } from '../../check-message.ts';
import type { Deps } from '../../deps.ts';
import type { LogLine } from '../../services/log-lines.ts';
import { readLog } from '../../services/read-log.ts';
import { taskUid } from '../../task-uid.ts';
import { viewerOf } from '../../viewer-of.ts';

const TEXT = 'text/plain';
const JSON_LINES = 'application/x-ndjson';

/** GET /api/v1/tasks/{task}/logs -> 200, the lines that an attempt has printed so far, as text or as JSON lines. */
export function getTaskLogsRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const { attempt = null, stream = null, tail = null } = checkMessage(logQuerySchema, request.query);
    const log = await readLog(deps, taskUid(request), viewerOf(identityOf(response)), { attempt, stream, tail });
    const type = request.accepts([TEXT, JSON_LINES]) === JSON_LINES ? JSON_LINES : TEXT;
    response.set({ 'cache-control': 'no-store', vary: 'Accept', 'x-task-attempt': String(log.attempt) });
    send(response, type, log.lines.map(type === TEXT ? asText : asJson).join(''));
  };
}

function send(response: Response, type: string, text: string): void {
  response.type(`${type}; charset=utf-8`).send(text);
}

function asText({ text }: LogLine): string {
  return `${text}\n`;
}

function asJson({ stream, at, text }: LogLine): string {
  return `${JSON.stringify({ stream, at, text })}\n`;
}
