import type { NewKey } from '@inference/contracts';
import { databaseFault } from '@inference/database';
import { AppError, type KeyLimits } from '@inference/domain';
import type { Deps } from '../deps.ts';
import { newKeyText } from '../keys/key-text.ts';
import { pastExpiry } from '../keys/past-expiry.ts';
import type { Actor } from '../store/audit-store.ts';
import type { KeyRow } from '../store/key-store.ts';

/** A key together with its text, which is kept nowhere. */
export type ShownKeyRow = { readonly row: KeyRow; readonly text: string };

/** Makes a key. @throws AppError `invalid_request` where it would be expired at once */
export async function createKey(deps: Deps, by: Actor, wanted: NewKey): Promise<ShownKeyRow> {
  const { owner, name, scopes: wished } = wanted;
  // As UTC: the database knows fewer offsets and years than ISO 8601.
  const expiresAt = wanted.expires_at === null ? null : new Date(wanted.expires_at);
  const { prefix, text, sha256 } = newKeyText(deps.newId);
  const scopes = [...new Set(wished)];
  const limits = limitsOf(wanted);
  try {
    const row = await deps.store.transaction(async (tx) => {
      const made = await tx.insertKey({
        prefix,
        sha256,
        owner,
        name,
        scopes,
        limits,
        createdBy: by.owner,
        expiresAt: expiresAt?.toISOString() ?? null,
      });
      if (made === null) throw pastExpiry();
      await tx.insertAudit(by, { action: 'key.made', subject: prefix, detail: { owner, name, scopes, expires_at: expiresAt, ...limits } });
      return made;
    });
    return { row, text };
  } catch (error) {
    // Of 62 to the power of 8 prefixes, the very same: the next try gets another one.
    if (databaseFault(error) === 'duplicate') throw new AppError('unavailable', undefined, { cause: error });
    throw error;
  }
}

function limitsOf({ limits }: NewKey): KeyLimits {
  return {
    requestsPerMinuteMax: limits.requests_per_minute ?? null,
    uploadBytesMax: limits.upload_bytes ?? null,
    queuedTasksMax: limits.queued_tasks ?? null,
    runningTasksMax: limits.running_tasks ?? null,
  };
}
