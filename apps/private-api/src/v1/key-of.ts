import type { KeyView, ShownKey } from '@inference/contracts';
import type { KeyLimits } from '@inference/domain';
import type { ShownKeyRow } from '../services/create-key.ts';
import type { KeyRow } from '../store/key-store.ts';

/** A key as /api/v1 shows it: nothing from which its secret could be had. */
export function keyOf(row: KeyRow): KeyView {
  const { requestsPerMinuteMax, queuedTasksMax, runningTasksMax } = row;
  const uploadBytesMax = row.uploadBytesMax === null ? null : Number(row.uploadBytesMax);
  return {
    prefix: row.prefix,
    owner: row.owner,
    name: row.name,
    scopes: row.scopes as KeyView['scopes'],
    limits: keyLimitsOf({ requestsPerMinuteMax, uploadBytesMax, queuedTasksMax, runningTasksMax }),
    created_at: row.createdAt.toISOString(),
    created_by: row.createdBy,
    expires_at: row.expiresAt?.toISOString() ?? null,
    revoked_at: row.revokedAt?.toISOString() ?? null,
    last_used_at: row.lastUsedAt?.toISOString() ?? null,
    old_secret_until: row.oldUntil?.toISOString() ?? null,
  };
}

/** A key with its text, for the one answer that shows it. */
export function shownKeyOf({ row, text }: ShownKeyRow): ShownKey {
  return { ...keyOf(row), secret: text };
}

/** The limits of a key as /api/v1 words them. */
export function keyLimitsOf({ requestsPerMinuteMax, uploadBytesMax, queuedTasksMax, runningTasksMax }: KeyLimits): KeyView['limits'] {
  return {
    requests_per_minute: requestsPerMinuteMax,
    upload_bytes: uploadBytesMax,
    queued_tasks: queuedTasksMax,
    running_tasks: runningTasksMax,
  };
}
