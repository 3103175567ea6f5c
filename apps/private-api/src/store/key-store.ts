import { Prisma, type Tx } from '@inference/database';
import type { KeyLimits } from '@inference/domain';

/** What tells whether a key is good, and what it is good for. Times are spans from now: no clock but the database's is asked. */
export type LiveKeyRow = {
  prefix: string;
  owner: string;
  name: string;
  scopes: string[];
  sha256: string;
  oldSha256: string | null;
  expiresAt: Date | null;
  expiresInMs: number | null;
  oldInMs: number | null;
  usedAgoMs: number | null;
  requestsPerMinuteMax: number | null;
  uploadBytesMax: bigint | null;
  queuedTasksMax: number | null;
  runningTasksMax: number | null;
};

/** A key that is neither revoked nor expired. */
export async function findLiveKey(tx: Tx, prefix: string): Promise<LiveKeyRow | null> {
  const [row] = await tx.$queryRaw<LiveKeyRow[]>`
    SELECT prefix, owner, name, scopes, sha256, CASE WHEN old_until > now() THEN old_sha256 END AS "oldSha256", expires_at AS "expiresAt",
           extract(epoch FROM expires_at - now())::float8 * 1000 AS "expiresInMs",
           extract(epoch FROM old_until - now())::float8 * 1000 AS "oldInMs",
           extract(epoch FROM now() - last_used_at)::float8 * 1000 AS "usedAgoMs",
           requests_per_minute_max AS "requestsPerMinuteMax", upload_bytes_max AS "uploadBytesMax", queued_tasks_max AS "queuedTasksMax", running_tasks_max AS "runningTasksMax"
    FROM api_key WHERE prefix = ${prefix} AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())`;
  return row ?? null;
}

/** Notes that a key is used, unless that was noted within the last seconds. */
export async function touchKey(tx: Tx, prefix: string, everySeconds: number): Promise<void> {
  await tx.$executeRaw`
    UPDATE api_key SET last_used_at = now()
    WHERE prefix = ${prefix} AND (last_used_at IS NULL OR last_used_at <= now() - make_interval(secs => ${everySeconds}::float8))`;
}

/** A key as it is shown, without its digests. */
export type KeyRow = {
  id: number;
  prefix: string;
  owner: string;
  name: string;
  scopes: string[];
  requestsPerMinuteMax: number | null;
  uploadBytesMax: bigint | null;
  queuedTasksMax: number | null;
  runningTasksMax: number | null;
  createdAt: Date;
  createdBy: string;
  expiresAt: Date | null;
  revokedAt: Date | null;
  lastUsedAt: Date | null;
  oldUntil: Date | null;
};

const SHOWN = Prisma.sql`
  id, prefix, owner, name, scopes, requests_per_minute_max AS "requestsPerMinuteMax", upload_bytes_max AS "uploadBytesMax",
  queued_tasks_max AS "queuedTasksMax", running_tasks_max AS "runningTasksMax", created_at AS "createdAt", created_by AS "createdBy", expires_at AS "expiresAt",
  revoked_at AS "revokedAt", last_used_at AS "lastUsedAt", CASE WHEN old_until > now() THEN old_until END AS "oldUntil"`;

/** What of a key may be changed. */
export type KeyProperties = {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly limits: KeyLimits;
  /** ISO 8601. */
  readonly expiresAt: string | null;
};

/** A key to be. */
export type KeyToInsert = KeyProperties & {
  readonly prefix: string;
  readonly sha256: string;
  readonly owner: string;
  readonly createdBy: string;
};

/** Makes a key; null where it would be expired at once. */
export async function insertKey(tx: Tx, key: KeyToInsert): Promise<KeyRow | null> {
  const { requestsPerMinuteMax, uploadBytesMax, queuedTasksMax, runningTasksMax } = key.limits;
  const [row] = await tx.$queryRaw<KeyRow[]>`
    INSERT INTO api_key (prefix, sha256, owner, name, scopes, created_by, expires_at, requests_per_minute_max, upload_bytes_max,
                         queued_tasks_max, running_tasks_max)
    SELECT ${key.prefix}, ${key.sha256}, ${key.owner}, ${key.name}, ${key.scopes}::text[], ${key.createdBy},
           ${key.expiresAt}::text::timestamptz, ${requestsPerMinuteMax}::int, ${uploadBytesMax}::bigint, ${queuedTasksMax}::int, ${runningTasksMax}::int
    WHERE ${key.expiresAt}::text IS NULL OR ${key.expiresAt}::text::timestamptz > now()
    RETURNING ${SHOWN}`;
  return row ?? null;
}

/** A page of keys, the newest first; `before` is the row that the page before ended with. */
export async function listKeys(tx: Tx, page: { before: number | null; countMax: number }): Promise<KeyRow[]> {
  return await tx.$queryRaw<KeyRow[]>`
    SELECT ${SHOWN} FROM api_key WHERE ${page.before}::int IS NULL OR id < ${page.before}::int
    ORDER BY id DESC LIMIT ${page.countMax}::int`;
}

/** Whether there is such a key, be it revoked or expired. */
export async function hasKey(tx: Tx, prefix: string): Promise<boolean> {
  const rows = await tx.$queryRaw<object[]>`SELECT 1 FROM api_key WHERE prefix = ${prefix}`;
  return rows.length > 0;
}

/** A key that is neither revoked nor expired, kept as it is until the end of the transaction. */
export async function lockLiveKey(tx: Tx, prefix: string): Promise<KeyRow | null> {
  const [row] = await tx.$queryRaw<KeyRow[]>`
    SELECT ${SHOWN} FROM api_key WHERE prefix = ${prefix} AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()) FOR UPDATE`;
  return row ?? null;
}

/** Changes a key; null where it would be expired at once. */
export async function updateKey(tx: Tx, prefix: string, { name, scopes, limits, expiresAt }: KeyProperties): Promise<KeyRow | null> {
  const { requestsPerMinuteMax, uploadBytesMax, queuedTasksMax, runningTasksMax } = limits;
  const [row] = await tx.$queryRaw<KeyRow[]>`
    UPDATE api_key SET name = ${name}, scopes = ${scopes}::text[], expires_at = ${expiresAt}::text::timestamptz,
      requests_per_minute_max = ${requestsPerMinuteMax}::int, upload_bytes_max = ${uploadBytesMax}::bigint,
      queued_tasks_max = ${queuedTasksMax}::int, running_tasks_max = ${runningTasksMax}::int
    WHERE prefix = ${prefix} AND (${expiresAt}::text IS NULL OR ${expiresAt}::text::timestamptz > now())
    RETURNING ${SHOWN}`;
  return row ?? null;
}

/** Revokes a key; false where it was revoked before, or there is none. */
export async function setRevoked(tx: Tx, prefix: string): Promise<boolean> {
  return (await tx.$executeRaw`UPDATE api_key SET revoked_at = now() WHERE prefix = ${prefix} AND revoked_at IS NULL`) > 0;
}

/** Gives a live key a new secret, beside which the one of now works for so long; null where the key has ended, or there is none. */
export async function replaceSecret(tx: Tx, prefix: string, change: { sha256: string; graceSeconds: number }): Promise<KeyRow | null> {
  const { sha256, graceSeconds } = change;
  const [row] = await tx.$queryRaw<KeyRow[]>`
    UPDATE api_key SET sha256 = ${sha256}, old_sha256 = sha256, old_until = now() + make_interval(secs => ${graceSeconds}::float8)
    WHERE prefix = ${prefix} AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
    RETURNING ${SHOWN}`;
  return row ?? null;
}
