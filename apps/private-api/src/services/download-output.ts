import { AppError } from '@inference/domain';
import type { Deps } from '../deps.ts';
import type { Viewer } from '../store/viewer.ts';
import { describeWait } from './describe-wait.ts';

/** What the legacy route answers: the output, or the status that says why there is none (yet). */
export type OutputAnswer =
  | { kind: 'output'; key: string; bytes: number; sha256: string }
  | { kind: 'none'; error: AppError; state: string; reason: string };

/** Finds a task's output by the task's uid; others' tasks are as unknown as those that never were. */
export async function downloadOutput(deps: Deps, uid: string, viewer: Viewer): Promise<OutputAnswer> {
  const task = await deps.store.findOutput(uid, viewer);
  if (task === null) throw new AppError('task_not_found');
  const none = (code: 'task_pending' | 'task_failed' | 'output_gone', reason: string): OutputAnswer => ({
    kind: 'none',
    error: new AppError(code),
    state: task.state,
    reason,
  });
  if (task.state === 'queued') return none('task_pending', await describeWait(deps, task));
  if (task.state === 'running' || task.state === 'cancelling') return none('task_pending', `The task is ${task.state}.`);
  if (task.outputKey === null) return none('task_failed', task.failureReason ?? '');

  const gone = 'The output is no longer kept here.';
  if (task.isPurged) return none('output_gone', gone);
  const bytes = await deps.files.size(task.outputKey);
  if (bytes === null || bytes !== Number(task.outputBytes)) {
    deps.log.error({ taskUid: uid, key: task.outputKey, bytes }, 'the output of a task is missing or has another size');
    return none('output_gone', gone);
  }
  return { kind: 'output', key: task.outputKey, bytes, sha256: task.outputSha256 ?? '' };
}
