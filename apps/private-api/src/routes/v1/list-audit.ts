import { type AuditEntry, pageQuerySchema, V1_LIMITS } from '@inference/contracts';
import type { RequestHandler } from 'express';
import type { Deps } from '../../deps.ts';
import { readCursor } from '../../v1/cursor.ts';
import { readQuery } from '../../v1/read-query.ts';
import { sendPage } from '../../v1/send-page.ts';

/** GET /api/v1/audit -> 200, a page of what was done, newest first. */
export function listAuditRoute(deps: Deps): RequestHandler {
  return async (request, response) => {
    const { limit = V1_LIMITS.pageDefault, cursor } = readQuery(pageQuerySchema, request);
    const rows = await deps.store.listAudit({ before: readCursor(cursor), countMax: limit + 1 });
    sendPage(request, response, { rows, limit }, ({ id: _id, at, requestId, ...row }): AuditEntry => {
      return { ...row, at: at.toISOString(), request_id: requestId };
    });
  };
}
