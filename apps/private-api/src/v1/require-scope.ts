import { SCOPES, type Scope } from '@inference/contracts';
import { AppError } from '@inference/domain';
import type { RequestHandler, Response } from 'express';
import { identityOf } from '../allow.ts';
import type { IdentifyCaller, Role } from '../identify-caller.ts';
import type { Viewer } from '../store/viewer.ts';

/** What each role may do under /api/v1. Without a key nobody may do anything, whatever legacy clients may. */
const SCOPES_OF: Readonly<Record<Role, readonly Scope[]>> = { admin: SCOPES, consumer: [], anonymous: [] };

/** Makes the rule of a route of /api/v1: which scope it takes. It stands before whatever reads a body. */
export function createRequireScope(identify: IdentifyCaller): (scope: Scope) => RequestHandler {
  return (scope) => (request, response, next) => {
    const identity = identify(request);
    if (identity.role === 'anonymous') throw new AppError('unauthorized');
    if (!SCOPES_OF[identity.role].includes(scope)) throw new AppError('forbidden', `Your key lacks the scope "${scope}".`);
    response.locals['identity'] = identity;
    next();
  };
}

/** Whose tasks the caller may see. */
export function viewerOf(response: Response): Viewer {
  const { role, owner } = identityOf(response);
  return role === 'admin' ? null : owner;
}
