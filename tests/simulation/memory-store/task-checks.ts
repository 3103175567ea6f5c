import { TASK_STATES } from '@inference/domain';
import type { TaskRow } from '../rows.ts';

const FINAL = new Set(['succeeded', 'failed', 'cancelled']);
const HELD_OR_SUCCEEDED = new Set(['running', 'cancelling', 'succeeded']);
const STATES = new Set<string>(TASK_STATES);

/** The CHECKs of the table of tasks, by their names in the migrations. */
export const TASK_CHECKS: Readonly<Record<string, (row: TaskRow) => boolean | null>> = {
  task_state_known: (row) => STATES.has(row.state),
  task_finished_when_final: (row) => (row.finished_at !== null) === FINAL.has(row.state),
  task_output_when_succeeded: (row) =>
    (row.output_key !== null) === (row.state === 'succeeded') &&
    (row.output_key === null) === (row.output_bytes === null) &&
    (row.output_key === null) === (row.output_sha256 === null),
  task_failure_when_failed: (row) => (row.failure_class !== null) === (row.state === 'failed' || row.state === 'cancelled'),
  task_attempt_when_held: (row) => row.attempt >= 0 && (row.attempt >= 1 || !HELD_OR_SUCCEEDED.has(row.state)),
  task_faults_counted: (row) => row.infrastructure_faults >= 0 && row.infrastructure_faults <= row.attempt,
  task_deadline_whole: (row) =>
    (row.deadline_ms === null || row.deadline_ms > 0n) && (row.deadline_ms === null) === (row.deadline_at === null),
  task_model_faults_counted: (row) => row.model_faults >= 0 && row.infrastructure_faults + row.model_faults <= row.attempt,
  task_priority_known: (row) => row.priority >= -1 && row.priority <= 1,
  task_running_max_positive: (row) => row.running_max === null || row.running_max > 0,
  task_purged_when_final: (row) => row.purged_at === null || row.finished_at !== null,
  task_time_limit_positive: (row) => row.time_limit_ms === null || row.time_limit_ms > 0n,
  task_client_key_length: (row) => row.client_key === null || ([...row.client_key].length >= 1 && [...row.client_key].length <= 128),
  task_retry_of_another: (row) => row.retry_of !== row.id,
  task_progress_fraction: (row) => row.progress === null || (row.progress >= 0 && row.progress <= 1),
};
