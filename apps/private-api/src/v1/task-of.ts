import type { Task, TaskItem } from '@inference/contracts';
import type { TaskView } from '../services/view-task.ts';
import type { AttemptView, ItemRow } from '../store/task-view-store.ts';
import { resourcesOf } from './asks-of.ts';
import { priorityName } from './priority-of.ts';

/** A task as a list of /api/v1 shows it. */
export function itemOf(row: ItemRow): TaskItem {
  const isTold = row.progress !== null || row.progressText !== '';
  return {
    id: row.uid,
    model: row.model,
    state: row.state,
    owner: row.owner,
    labels: row.labels,
    progress: isTold ? { fraction: row.progress, text: row.progressText } : null,
    created_at: row.createdAt.toISOString(),
    started_at: row.startedAt?.toISOString() ?? null,
    finished_at: row.finishedAt?.toISOString() ?? null,
    failure_class: row.failureClass,
    retry_of: row.retryOf,
  };
}

/** A task as /api/v1 shows it. */
export function taskOf(view: TaskView): Task {
  const { createdAt, startedAt, finishedAt, failureClass, outputBytes } = view;
  const available = !view.isPurged;
  return {
    ...itemOf(view),
    reason: view.reason,
    position: view.position,
    priority: priorityName(view.priority),
    resources: resourcesOf(view.asks),
    time_limit_seconds: Number(view.timeLimitMs) / 1000,
    deadline_at: view.deadlineAt?.toISOString() ?? null,
    timings: {
      // A queued task that is cancelled has only waited.
      waiting_seconds: secondsBetween(createdAt, startedAt ?? finishedAt),
      running_seconds: secondsBetween(startedAt, finishedAt),
      total_seconds: secondsBetween(createdAt, finishedAt),
    },
    attempts: view.attempts.map(attemptOf),
    history: view.history.map(({ at, kind, attempt, text }) => ({ at: new Date(at).toISOString(), kind, attempt, text })),
    failure:
      failureClass === null
        ? null
        : { class: failureClass, reason: view.failureReason ?? '', exit_code: view.failureExitCode, last_lines: view.lastLines ?? [] },
    warnings: view.warnings,
    input: { bytes: Number(view.inputBytes), sha256: view.inputSha256, available },
    output: outputBytes === null ? null : { bytes: Number(outputBytes), sha256: view.outputSha256 ?? '', available },
  };
}

function attemptOf(attempt: AttemptView): Task['attempts'][number] {
  const { number, consumer, startedAt, endedAt, outcome, failureClass, failureReason, exitCode } = attempt;
  return {
    number,
    consumer,
    started_at: new Date(startedAt).toISOString(),
    ended_at: endedAt === null ? null : new Date(endedAt).toISOString(),
    outcome,
    failure: failureClass === null ? null : { class: failureClass, reason: failureReason ?? '', exit_code: exitCode },
    usage: usageOf(attempt),
  };
}

function usageOf({ memoryPeakBytes, cpuSeconds, gpuMemoryPeakBytes, outputBytes, runMs }: AttemptView): Task['attempts'][number]['usage'] {
  if ([memoryPeakBytes, cpuSeconds, gpuMemoryPeakBytes, outputBytes, runMs].every((used) => used === null)) return null;
  return {
    memory_peak_bytes: memoryPeakBytes,
    cpu_seconds: cpuSeconds,
    gpu_memory_peak_bytes: gpuMemoryPeakBytes,
    output_bytes: outputBytes,
    run_seconds: runMs === null ? null : runMs / 1000,
  };
}

/** Clocks of the database only, but those may be set back: never less than nothing. */
function secondsBetween(from: Date | null, to: Date | null): number | null {
  return from === null || to === null ? null : Math.max(0, to.getTime() - from.getTime()) / 1000;
}
