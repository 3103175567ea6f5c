import { usedWithoutGpu } from './attempt-store.ts';
import { addEvent } from './event-store.ts';
import { attemptKeyOf } from './memory-database.ts';
import type { Statement } from './statement.ts';
import { isOverdue } from './task-store.ts';
import { secondsBefore } from './times.ts';
import { addUse } from './turns.ts';

export const endOverdueTasks: Statement<'endOverdueTasks'> = (db, { words, countMax }) => {
  const open = db.task.all().filter((task) => (task.state === 'queued' || task.state === 'running') && isOverdue(db, task));
  const overdue = open.toSorted((a, b) => Number(a.deadline_at) - Number(b.deadline_at) || a.id - b.id).slice(0, countMax);
  const used = new Map<string, number>();
  const ended = overdue.map((task) => {
    const seconds = Math.floor(Number(task.deadline_ms) / 1000);
    const reason = `The task did not end within its deadline of ${seconds} seconds: ${task.state === 'queued' ? words.queued : words.running}`;
    const failure = { failure_class: 'expired', failure_reason: reason };
    db.task.update(task, { state: 'failed', finished_at: db.now(), ...failure });
    addEvent(db, { task_id: task.id, kind: 'failed', attempt: task.attempt === 0 ? null : task.attempt, text: reason });
    const attempt = db.attemptByNumber.get(attemptKeyOf(task.id, task.attempt));
    if (attempt?.ended_at === null) {
      if (task.pool !== 'docker-gpu') used.set(task.owner, (used.get(task.owner) ?? 0) + usedWithoutGpu(db, attempt));
      db.attempt.update(attempt, { ended_at: db.now(), outcome: 'fail', ...failure });
    }
    return { uid: task.uid };
  });
  for (const [owner, millis] of used) addUse(db, owner, millis);
  return ended;
};

export const deleteEvents: Statement<'deleteEvents'> = (db, keepSeconds, countMax) => {
  const since = secondsBefore(db.now(), keepSeconds);
  const old = db.event.all().filter(({ at, task_id: id }) => at < since && (db.taskById.get(id)?.finished_at ?? null) !== null);
  const gone = old.slice(0, countMax);
  for (const event of gone) db.event.delete(event);
  return gone.length;
};
