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
  | 'task.requeued'
  | 'task.deleted';

/** Notes what somebody does, in the transaction that does it. `detail` never has a secret. */
export async function insertAudit(
  tx: Tx,
  by: Actor,
  entry: { action: AuditAction; subject: string; detail?: Readonly<Record<string, unknown>> },
): Promise<void> {
  const { action, subject, detail = {} } = entry;
  await tx.$executeRaw`
    INSERT INTO audit (actor, key, action, subject, detail, request_id)
    VALUES (${by.owner}, ${by.key}, ${action}, ${subject}, ${JSON.stringify(detail)}::jsonb, ${by.requestId})`;
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
