import { echoless, INTERNAL } from './judge-reply.ts';
import type { LegacyPlan } from './legacy-plan.ts';
import type { Judge } from './send-all.ts';

/** What a task is said to be by clients of the original: these are answers, and no faults of the server. */
const LEGACY_STATUSES = [551, 552, 553, 554];
/** What may be said of any request: of its line, its headers, its body, its key, or in answer to a condition of it. */
const ANYWHERE = [206, 304, 400, 401, 403, 404, 405, 408, 411, 413, 414, 415, 416, 417, 422, 431, ...LEGACY_STATUSES];
/** What `?status=standard` makes of 551 to 554. */
const STANDARD = [202, 409, 410, 404];

/** Judges answers of the legacy routes: statuses that their document names, no other 5xx, and nothing of what is inside. */
export const LEGACY_JUDGE: Judge<LegacyPlan> = {
  faultOf: (plan, { status, headers, body }) => {
    const text = body.toString();
    if (status >= 500 && !LEGACY_STATUSES.includes(status)) return `answers ${status}: ${text.slice(0, 500)}`;
    if (/json|text/.test(headers['content-type'] ?? '') && INTERNAL.test(echoless(text, plan)))
      return `shows what is inside: ${text.slice(0, 500)}`;
    const known = [...plan.route.statuses, ...ANYWHERE, ...STANDARD].includes(status);
    return known ? null : `answers ${status}, which the document does not name: ${text.slice(0, 300)}`;
  },
  isPast: (_plan, { status }) => status < 400 || [409, 410, 416, ...LEGACY_STATUSES].includes(status),
};
