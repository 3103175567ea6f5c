import type { IncomingMessage } from 'node:http';
import { AppError } from '@inference/domain';
import { isCrossOrigin } from '@inference/service';
import type { Client } from './client-of.ts';
import { matchRoute, type RouteMatch } from './match-route.ts';
import type { RelayLimits } from './relay-limits.ts';
import { requestFault } from './request-fault.ts';

export type AllowedRoute = Extract<RouteMatch, { kind: 'route' }>;

export type Verdict =
  | { readonly kind: 'serve'; readonly match: AllowedRoute }
  | { readonly kind: 'refuse'; readonly error: AppError; readonly headers?: Readonly<Record<string, string>> };

/** Decides from its headers whether a request may be served: well framed, a public route, and not sent by another web site. */
export function judgeRequest(req: IncomingMessage, client: Client, limits: RelayLimits): Verdict {
  const fault = requestFault(req, limits);
  if (fault !== null) return { kind: 'refuse', error: fault };
  const match = matchRoute(req.method ?? '', req.url ?? '');
  if (match.kind !== 'route') return refusalOf(match);
  const headers = { ...req.headers, host: client.host };
  if (isCrossOrigin(match.route.method, headers)) return { kind: 'refuse', error: new AppError('cross_origin') };
  return { kind: 'serve', match };
}

function refusalOf(match: Exclude<RouteMatch, AllowedRoute>): Verdict {
  switch (match.kind) {
    case 'not_found':
      return { kind: 'refuse', error: new AppError('not_found') };
    case 'bad_target':
      return { kind: 'refuse', error: new AppError('bad_request', 'The address in the request is not valid: send a plain path.') };
    case 'method_not_allowed':
      return { kind: 'refuse', error: new AppError('method_not_allowed'), headers: { allow: match.allow.join(', ') } };
    case 'value_too_long': {
      const msg = `ensure this value has at most ${match.charsMax} characters`;
      const field = { loc: ['query', match.key], msg, type: 'value_error.any_str.max_length' } as const;
      return { kind: 'refuse', error: new AppError('invalid_request', msg, { fields: [field] }) };
    }
  }
}
