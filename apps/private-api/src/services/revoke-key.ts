import { AppError } from '@inference/domain';
import type { Deps } from '../deps.ts';
import type { Actor } from '../store/audit-store.ts';

/** Revokes a key, for ever; again and again does no harm. @throws AppError `key_not_found` */
export async function revokeKey(deps: Deps, by: Actor, prefix: string): Promise<void> {
  await deps.store.transaction(async (tx) => {
    if (await tx.setRevoked(prefix)) await tx.insertAudit(by, { action: 'key.revoked', subject: prefix });
    else if (!(await tx.hasKey(prefix))) throw new AppError('key_not_found');
  });
}
