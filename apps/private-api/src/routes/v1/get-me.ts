import { type Me, SCOPES } from '@inference/contracts';
import type { RequestHandler } from 'express';
import { identityOf } from '../../allow.ts';
import { keyLimitsOf } from '../../v1/key-of.ts';

/** GET /api/v1/me -> 200, who is asking. */
export function getMeRoute(): RequestHandler {
  return (_request, response) => {
    const { owner, key, grants, limits } = identityOf(response);
    const scopes = SCOPES.filter((scope) => grants.has(scope));
    const { prefix = null, name = null, expiresAt = null } = key ?? {};
    const me: Me = { owner, key: prefix, name, scopes, limits: keyLimitsOf(limits), expires_at: expiresAt?.toISOString() ?? null };
    response.json(me);
  };
}
