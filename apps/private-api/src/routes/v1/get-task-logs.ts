import { logQuerySchema } from '@inference/contracts';
import type { RequestHandler, Response } from 'express';
import { readerOf, viewerOf } from '../../allow.ts';
import type { Deps } from '../../deps.ts';
import type { LogLine } from '../../services/log-lines.ts';
import { noteRead } from '../../services/note-read.ts';
import { readLog } from '../../services/read-log.ts';
import { taskIn } from '../../v1/path-parameter.ts';
import { readQuery } from '../../v1/read-query.ts';

const TEXT = 'text/plain';
const JSON_LINES = 'application/x-ndjson';

/** GET /api/v1/tasks/{task}/logs -> 200, the lines that an attempt has printed so far, as text or as JSON lines. */
export function getTaskLogsRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const { attempt = null, stream = null, tail = null } = readQuery(logQuerySchema, request);
    const uid = taskIn(request);
    const log = await readLog(deps, uid, viewerOf(response), { attempt, stream, tail });
    await noteRead(deps, uid, readerOf(response), 'log');
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
