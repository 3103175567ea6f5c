import { AppError } from '@inference/domain';
import type { Deps } from '../deps.ts';
import { type Actor, insertAudit } from '../store/audit-store.ts';
import { hasKey, setRevoked } from '../store/key-store.ts';

/** Revokes a key, for ever; again and again does no harm. @throws AppError `key_not_found` */
export async function revokeKey(deps: Deps, by: Actor, prefix: string): Promise<void> {
  await deps.db.$transaction(async (tx) => {
    if (await setRevoked(tx, prefix)) await insertAudit(tx, by, { action: 'key.revoked', subject: prefix });
    else if (!(await hasKey(tx, prefix))) throw new AppError('key_not_found');
  });
}
