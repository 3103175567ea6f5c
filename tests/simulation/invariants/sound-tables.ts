import type { AttemptRow, EventRow, TaskRow } from '../rows.ts';
import type { Dumped, Tables } from '../tables.ts';

const AT = '2026-01-01T00:00:00.000Z';
const SHA256 = 'a'.repeat(64);

/** A task that succeeded with its second attempt, after the first was lost; each test breaks one thing of it. */
export const TASK: Dumped<TaskRow> = {
  ...{ id: 1, uid: 'one', model_id: 1, owner: 'anna', pool: 'docker-cpu', state: 'succeeded', priority: 0, attempt: 2 },
  ...{ order_key: Date.parse(AT), asks: {}, running_max: null },
  ...{ available_at: AT, rung_at: AT, infrastructure_faults: 1, model_faults: 0, pinned_image: null },
  ...{ input_key: 'inputs/one.zip', input_bytes: 10, input_sha256: SHA256 },
  ...{ output_key: `outputs/one.2.${SHA256}.zip`, output_bytes: 20, output_sha256: SHA256, warnings: [], labels: {} },
  ...{ time_limit_ms: null, deadline_ms: null, deadline_at: null, client_key: null, retry_of: null, progress: null, progress_text: '' },
  ...{ failure_class: null, failure_reason: null, failure_exit_code: null },
  ...{ created_at: AT, started_at: AT, finished_at: AT, deleted_at: null, purged_at: null },
};

const ATTEMPT: Dumped<AttemptRow> = {
  ...{ task_id: 1, number: 1, token: 'first', claim_id: 'claim 1', consumer_id: 'c1', boot_id: 'b1', heartbeat: 0, started_at: AT },
  ...{ ended_at: AT, outcome: 'lost', failure_class: 'infrastructure', failure_reason: 'fell silent', exit_code: null },
  ...{ memory_peak_bytes: null, cpu_seconds: null, gpu_memory_peak_bytes: null, output_content_bytes: null, run_ms: null },
  ...{ output_sha256: null, stdout_tail: [], stderr_tail: [] },
};

export const ATTEMPTS: readonly Dumped<AttemptRow>[] = [
  ATTEMPT,
  { ...ATTEMPT, number: 2, token: 'second', claim_id: 'claim 2', outcome: 'succeed', output_sha256: SHA256 },
];

/** Events of the task, told as "kind attempt". */
export function happened(...told: readonly string[]): Dumped<EventRow>[] {
  return told.map((text, index) => {
    const [kind = '', attempt] = text.split(' ');
    return { id: index + 1, task_id: 1, at: AT, kind, attempt: attempt === undefined ? null : Number(attempt), text: '' };
  });
}

const EVENTS = happened('submitted', 'claimed 1', 'image 1', 'queued 1', 'claimed 2', 'succeeded 2');

/** Tables that break nothing, with these changes. */
export function soundTables(changes: Partial<Tables> = {}): Tables {
  const empty = { model: [], log_piece: [], device_lease: [], owner_use: [], consumer: [], audit: [], setting: [] };
  return { ...empty, task: [TASK], attempt: ATTEMPTS, event: EVENTS, ...changes };
}
