import type { Statement } from './statement.ts';
import { secondsBefore } from './times.ts';

const READ_NOTED_MINUTES = 60;

export const insertAudit: Statement<'insertAudit'> = (db, by, { action, subject, detail = {} }) => {
  db.audit.insert({
    id: db.ids.audit(),
    at: db.now(),
    actor: by.owner,
    key: by.key,
    action,
    subject,
    detail: JSON.parse(JSON.stringify(detail)),
    request_id: by.requestId,
  });
};

export const insertRead: Statement<'insertRead'> = (db, by, { uid, part }) => {
  const t = db.taskByUid.get(uid);
  if (t === undefined || t.owner === by.owner) return;
  const since = secondsBefore(db.now(), READ_NOTED_MINUTES * 60);
  const isNoted = db.auditOf
    .get(t.uid)
    .some((a) => a.action === 'task.read' && a.actor === by.owner && a.detail['part'] === part && a.at > since);
  if (!isNoted) insertAudit(db, by, { action: 'task.read', subject: t.uid, detail: { owner: t.owner, part } });
};

export const deleteAudit: Statement<'deleteAudit'> = (db, olderThanDays, countMax) => {
  const until = secondsBefore(db.now(), olderThanDays * 86_400);
  const old = db.audit.all().filter(({ at }) => at < until);
  const oldest = old.toSorted((a, b) => Number(a.at) - Number(b.at) || a.id - b.id).slice(0, countMax);
  for (const row of oldest) db.audit.delete(row);
  return oldest.length;
};
