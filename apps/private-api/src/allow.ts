import { AppError } from '@inference/domain';
import type { RequestHandler, Response } from 'express';
import type { IdentifyCaller, Identity, Role } from './identify-caller.ts';

/** Makes the rule of a route: who may use it. It stands before whatever reads a body. */
export type Allow = (...roles: Role[]) => RequestHandler;

export function createAllow(identify: IdentifyCaller): Allow {
  return (...roles) =>
    (request, response, next) => {
      const identity = identify(request);
      if (!roles.includes(identity.role)) throw new AppError('forbidden', REFUSALS[identity.role]);
      response.locals['identity'] = identity;
      next();
    };
}

/** Who asks, on a route that has a rule. */
export function identityOf(response: Response): Identity {
  return response.locals['identity'] as Identity;
}

const REFUSALS: Readonly<Record<Role, string>> = {
  admin: 'This is not for admins.',
  consumer: "A consumer's key may not do this.",
  anonymous: 'Only an admin may do this.',
};
