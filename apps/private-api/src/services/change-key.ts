import type { KeyChange } from '@inference/contracts';
import { AppError } from '@inference/domain';
import type { Deps } from '../deps.ts';
import { pastExpiry } from '../keys/past-expiry.ts';
import { type Actor, insertAudit } from '../store/audit-store.ts';
import { hasKey, type KeyProperties, type KeyRow, lockLiveKey, updateKey } from '../store/key-store.ts';

/**
 * Changes what a live key is called, may do, and until when; its secret stays.
 *
 * @throws AppError `key_not_found`; `key_ended`; `invalid_request` where it would be expired at once
 */
export async function changeKey(deps: Deps, by: Actor, prefix: string, change: KeyChange): Promise<KeyRow> {
  return await deps.db.$transaction(async (tx) => {
    const before = await lockLiveKey(tx, prefix);
    if (before === null) throw new AppError((await hasKey(tx, prefix)) ? 'key_ended' : 'key_not_found');
    const changed = await updateKey(tx, prefix, merged(before, change));
    if (changed === null) throw pastExpiry();
    await insertAudit(tx, by, { action: 'key.changed', subject: prefix, detail: change });
    return changed;
  });
}

/** What is left out stays; null is a value: no limit, no end. */
function merged(before: KeyRow, { name, scopes, limits = {}, expires_at: expiresAt }: KeyChange): KeyProperties {
  const { requests_per_minute: requests, upload_bytes: bytes, queued_tasks: tasks } = limits;
  const bytesBefore = before.uploadBytesMax === null ? null : Number(before.uploadBytesMax);
  return {
    name: name ?? before.name,
    scopes: [...new Set(scopes ?? before.scopes)],
    limits: {
      requestsPerMinuteMax: requests === undefined ? before.requestsPerMinuteMax : requests,
      uploadBytesMax: bytes === undefined ? bytesBefore : bytes,
      queuedTasksMax: tasks === undefined ? before.queuedTasksMax : tasks,
    },
    expiresAt: (expiresAt === undefined ? before.expiresAt : asDate(expiresAt))?.toISOString() ?? null,
  };
}

function asDate(time: string | null): Date | null {
  return time === null ? null : new Date(time);
}
