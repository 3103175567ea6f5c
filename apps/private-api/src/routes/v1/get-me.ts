import { type Me, SCOPES } from '@inference/contracts';
import type { RequestHandler } from 'express';
import { identityOf } from '../../allow.ts';
import { keyLimitsOf } from '../../v1/key-of.ts';

/** GET /api/v1/me -> 200, who is asking. */
export function getMeRoute(): RequestHandler {
  return (_request, response) => {
    const { owner, key, grants, limits } = identityOf(response);
    const scopes = SCOPES.filter((scope) => grants.has(scope));
    const me: Me = { owner, key: key?.prefix ?? null, name: key?.name ?? null, scopes, limits: keyLimitsOf(limits) };
    response.json(me);
  };
}
