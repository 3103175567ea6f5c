import { LEASE_TOKEN_HEADER, type Lease, leaseSchema } from '@inference/contracts';
import type { Request } from 'express';
import { checkMessage } from './check-message.ts';

/** The lease that a request speaks of: the attempt in its address, the token in its header. */
export function leaseOf(request: Request): Lease {
  const { taskUid, attempt } = request.params;
  return checkMessage(leaseSchema, { taskUid, attempt: Number(attempt), token: request.headers[LEASE_TOKEN_HEADER] });
}
