import type { KeyChange } from '@inference/contracts';
import { AppError } from '@inference/domain';
import type { Deps } from '../deps.ts';
import { pastExpiry } from '../keys/past-expiry.ts';
import type { Actor } from '../store/audit-store.ts';
import type { KeyProperties, KeyRow } from '../store/key-store.ts';

/**
 * Changes what a live key is called, may do, and until when; its secret stays.
 *
 * @throws AppError `key_not_found`; `key_ended`; `invalid_request` where it would be expired at once
 */
export async function changeKey(deps: Deps, by: Actor, prefix: string, change: KeyChange): Promise<KeyRow> {
  return await deps.store.transaction(async (tx) => {
    const before = await tx.lockLiveKey(prefix);
    if (before === null) throw new AppError((await tx.hasKey(prefix)) ? 'key_ended' : 'key_not_found');
    const changed = await tx.updateKey(prefix, merged(before, change));
    if (changed === null) throw pastExpiry();
    await tx.insertAudit(by, { action: 'key.changed', subject: prefix, detail: change });
    return changed;
  });
}

/** What is left out stays; null is a value: no limit, no end. */
function merged(before: KeyRow, { name, scopes, limits = {}, expires_at: expiresAt }: KeyChange): KeyProperties {
  const { requests_per_minute: requests, upload_bytes: bytes, queued_tasks: tasks, running_tasks: running } = limits;
  const bytesBefore = before.uploadBytesMax === null ? null : Number(before.uploadBytesMax);
  return {
    name: name ?? before.name,
    scopes: [...new Set(scopes ?? before.scopes)],
    limits: {
      requestsPerMinuteMax: requests === undefined ? before.requestsPerMinuteMax : requests,
      uploadBytesMax: bytes === undefined ? bytesBefore : bytes,
      runningTasksMax: running === undefined ? before.runningTasksMax : running,
      queuedTasksMax: tasks === undefined ? before.queuedTasksMax : tasks,
    },
    expiresAt: (expiresAt === undefined ? before.expiresAt : asDate(expiresAt))?.toISOString() ?? null,
  };
}

function asDate(time: string | null): Date | null {
  return time === null ? null : new Date(time);
}
