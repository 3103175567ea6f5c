import type {
  AttemptRow,
  AuditRow,
  ConsumerRow,
  DeviceLeaseRow,
  EventRow,
  LogPieceRow,
  ModelRow,
  OwnerUseRow,
  SettingRow,
  TaskRow,
} from '../rows.ts';
import { type Journal, MemoryTable } from './memory-table.ts';
import { ATTEMPT_CHECKS, AUDIT_CHECKS, LOG_PIECE_CHECKS, MODEL_CHECKS, OWNER_USE_CHECKS } from './row-checks.ts';
import { TASK_CHECKS } from './task-checks.ts';

/** What statements run on: the tables with their constraints and indexes, as prisma/migrations have them. */
export type MemoryDatabase = ReturnType<typeof createMemoryDatabase>;

/** Makes empty tables. `journal` gathers how to undo what is done to them; `now` is the time of the transaction. */
export function createMemoryDatabase(journal: Journal, now: () => Date) {
  const model = new MemoryTable<ModelRow>(journal, { name: 'model', checks: MODEL_CHECKS });
  const modelById = model.unique('model_pkey', (row) => row.id);
  const task: MemoryTable<TaskRow> = new MemoryTable(journal, {
    name: 'task',
    taskOf: ({ id }) => id,
    checks: TASK_CHECKS,
    foreignKeys: {
      task_model_id_fkey: (row) => modelById.get(row.model_id) !== undefined,
      task_retry_of_fkey: (row) => row.retry_of === null || taskById.get(row.retry_of) !== undefined,
    },
  });
  const taskById = task.unique('task_pkey', (row) => row.id);
  const isTask = (row: { task_id: number }) => taskById.get(row.task_id) !== undefined;
  const attempt = new MemoryTable<AttemptRow>(journal, {
    name: 'attempt',
    taskOf,
    checks: ATTEMPT_CHECKS,
    foreignKeys: { attempt_task_id_fkey: isTask },
  });
  const event = new MemoryTable<EventRow>(journal, { name: 'event', taskOf, foreignKeys: { event_task_id_fkey: isTask } });
  const logPiece = new MemoryTable<LogPieceRow>(journal, {
    name: 'log_piece',
    taskOf,
    checks: LOG_PIECE_CHECKS,
    foreignKeys: { log_piece_task_id_fkey: isTask },
  });
  const deviceLease = new MemoryTable<DeviceLeaseRow>(journal, { name: 'device_lease' });
  const ownerUse = new MemoryTable<OwnerUseRow>(journal, { name: 'owner_use', checks: OWNER_USE_CHECKS });
  const consumer = new MemoryTable<ConsumerRow>(journal, { name: 'consumer' });
  const audit = new MemoryTable<AuditRow>(journal, { name: 'audit', checks: AUDIT_CHECKS });
  const setting = new MemoryTable<SettingRow>(journal, { name: 'setting' });
  return {
    ...{ now, journal },
    ...{ model, task, attempt, event, logPiece, deviceLease, ownerUse, consumer, audit, setting },
    ids: { model: ids(), task: ids(), event: bigIds(), logPiece: bigIds(), deviceLease: ids(), audit: ids() },
    modelById,
    modelByUid: model.unique('model_uid_key', (row) => row.uid),
    modelByHumanReadableId: model.unique('model_human_readable_id_key', (row) => row.human_readable_id),
    taskById,
    taskByUid: task.unique('task_uid_key', (row) => row.uid),
    taskByClientKey: task.unique('task_client_key_idx', (row) => (row.client_key === null ? null : clientKeyOf(row.owner, row.client_key))),
    tasksQueuedIn: task.group((row) => (row.state === 'queued' ? row.pool : null)),
    tasksQueuedOf: task.group((row) => (row.state === 'queued' ? row.owner : null)),
    tasksQueuedWith: task.group((row) => (row.state === 'queued' ? row.model_id : null)),
    tasksHeld: task.group((row) => (row.state === 'running' || row.state === 'cancelling' ? 'held' : null)),
    tasksUnpurged: task.group((row) => (row.finished_at !== null && row.purged_at === null ? 'unpurged' : null)),
    attemptByNumber: attempt.unique('attempt_pkey', (row) => attemptKeyOf(row.task_id, row.number)),
    attemptByClaim: attempt.unique('attempt_claim_id_key', (row) => row.claim_id),
    attemptsOf: attempt.group((row) => row.task_id),
    eventsOf: event.group((row) => row.task_id),
    logPieceAt: logPiece.unique('log_piece_pkey', (row) => pieceKeyOf(row)),
    logPiecesOf: logPiece.group((row) => row.task_id),
    liveLeaseOf: deviceLease.unique('device_lease_live_idx', (row) => (row.ended_at === null ? row.device_uuid : null)),
    liveLeases: deviceLease.group((row) => (row.ended_at === null ? 'live' : null)),
    deviceLeasesOf: deviceLease.group((row) => (row.ended_at === null ? row.consumer_id : null)),
    devicesOf: deviceLease.group((row) => row.task_id),
    useOf: ownerUse.unique('owner_use_pkey', (row) => row.owner),
    consumerById: consumer.unique('consumer_pkey', (row) => row.id),
    auditOf: audit.group((row) => row.subject),
    settingByKey: setting.unique('setting_pkey', (row) => row.key),
  };
}

function taskOf(row: { readonly task_id: number }): number {
  return row.task_id;
}

export function clientKeyOf(owner: string, clientKey: string): string {
  return JSON.stringify([owner, clientKey]);
}

export function attemptKeyOf(taskId: number, number: number): string {
  return `${taskId}/${number}`;
}

export function pieceKeyOf(piece: Pick<LogPieceRow, 'task_id' | 'attempt' | 'stream' | 'offset'>): string {
  return `${piece.task_id}/${piece.attempt}/${piece.stream}/${piece.offset}`;
}

/** Numbers that are given once: what is rolled back, or runs into a conflict, leaves a hole. */
function ids(): () => number {
  let last = 0;
  return () => {
    last += 1;
    return last;
  };
}

function bigIds(): () => bigint {
  const next = ids();
  return () => BigInt(next());
}
