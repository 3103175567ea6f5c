import type { Tx } from '@inference/database';

/** Who does something: an owner, with the key and the request it is done by. */
export type Actor = { readonly owner: string; readonly key: string | null; readonly requestId: string | null };

/** The server itself, for what it does by its settings and its folders. No key may have this owner. */
export const SERVER: Actor = { owner: 'server', key: null, requestId: null };

/** What the audit tells of. */
export type AuditAction =
  | 'key.made'
  | 'key.changed'
  | 'key.rotated'
  | 'key.revoked'
  | 'key.refused'
  | 'model.registered'
  | 'model.changed'
  | 'model.disabled'
  | 'model.enabled'
  | 'consumer.forgotten'
  | 'task.cancelled'
  | 'task.read'
  | 'task.requeued'
  | 'task.retried'
  | 'task.deleted';

/** What is noted: `subject` is what it was done to; `detail` never has a secret. */
export type AuditEntry = { readonly action: AuditAction; readonly subject: string; readonly detail?: Readonly<Record<string, unknown>> };

/** Notes what somebody does, in the transaction that does it. */
export async function insertAudit(tx: Tx, by: Actor, entry: AuditEntry): Promise<void> {
  const { action, subject, detail = {} } = entry;
  await tx.$executeRaw`
    INSERT INTO audit (actor, key, action, subject, detail, request_id)
    VALUES (${by.owner}, ${by.key}, ${action}, ${subject}, ${JSON.stringify(detail)}::jsonb, ${by.requestId})`;
}

/** What of a task somebody reads. */
export type ReadPart = 'input' | 'output' | 'log';

/** A reader who comes again and again is noted once in so many minutes, for each task and part of it. */
const READ_NOTED_MINUTES = 60;

/** Notes that a part of a task was read by somebody who is not its owner, unless that was noted a while ago. Uses audit_subject_id_idx. */
export async function insertRead(tx: Tx, by: Actor, { uid, part }: { uid: string; part: ReadPart }): Promise<void> {
  const action: AuditAction = 'task.read';
  await tx.$executeRaw`
    INSERT INTO audit (actor, key, action, subject, detail, request_id)
    SELECT ${by.owner}, ${by.key}, ${action}, t.uid, jsonb_build_object('owner', t.owner, 'part', ${part}::text), ${by.requestId}
    FROM task t WHERE t.uid = ${uid} AND t.owner <> ${by.owner} AND NOT EXISTS (
      SELECT 1 FROM audit a WHERE a.subject = t.uid AND a.action = ${action} AND a.actor = ${by.owner}
        AND a.detail ->> 'part' = ${part}::text AND a.at > now() - make_interval(mins => ${READ_NOTED_MINUTES}::int))`;
}

export type AuditRow = {
  id: number;
  at: Date;
  actor: string;
  key: string | null;
  action: string;
  subject: string;
  detail: Record<string, unknown>;
  requestId: string | null;
};

/** A page of the audit, the newest first; `before` is the row that the page before ended with. */
export async function listAudit(tx: Tx, page: { before: number | null; countMax: number }): Promise<AuditRow[]> {
  return await tx.$queryRaw<AuditRow[]>`
    SELECT id, at, actor, key, action, subject, detail, request_id AS "requestId" FROM audit
    WHERE ${page.before}::int IS NULL OR id < ${page.before}::int ORDER BY id DESC LIMIT ${page.countMax}::int`;
}

/** Deletes the oldest entries that are older than this, at most so many; answers how many. */
export async function deleteAudit(tx: Tx, olderThanDays: number, countMax: number): Promise<number> {
  return await tx.$executeRaw`
    DELETE FROM audit WHERE id IN (
      SELECT id FROM audit WHERE at < now() - make_interval(days => ${olderThanDays}::int) ORDER BY at LIMIT ${countMax}::int)`;
}
