import type { Tables } from '../tables.ts';
import { attemptsOf } from './rows-of-task.ts';

/** A task whose files were removed has ended, and nothing that its model printed is left; one that was deleted tells nothing any more. */
export function purgedIsEmpty(tables: Tables): string[] {
  const logged = new Set(tables.log_piece.map(({ task_id }) => task_id));
  return tables.task.flatMap((task) => {
    if (task.purged_at === null) return [];
    const attempts = attemptsOf(tables, task);
    const texts = [
      task.progress_text,
      ...attempts.flatMap(({ stdout_tail, stderr_tail }) => [...stdout_tail, ...stderr_tail]),
      ...(task.deleted_at === null ? [] : [task.failure_reason ?? '', ...task.warnings, ...Object.keys(task.labels)]),
    ];
    return [
      ...(task.finished_at === null ? [`task ${task.id} was purged and has not ended`] : []),
      ...(logged.has(task.id) ? [`task ${task.id} was purged and has a log`] : []),
      ...(texts.some((text) => text !== '') ? [`task ${task.id} was purged and tells: ${texts.filter(Boolean).join(', ')}`] : []),
    ];
  });
}
