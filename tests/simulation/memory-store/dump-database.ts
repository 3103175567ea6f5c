import type { AttemptRow, EventRow, LogPieceRow, TaskRow } from '../rows.ts';
import type { Dumped, Tables } from '../tables.ts';
import type { MemoryDatabase } from './memory-database.ts';

const ATTEMPTS = (a: AttemptRow, b: AttemptRow): number => a.task_id - b.task_id || a.number - b.number;
const EVENTS = (a: EventRow, b: EventRow): number => (a.id < b.id ? -1 : 1);
const LOG_PIECES = (a: LogPieceRow, b: LogPieceRow): number => (a.id < b.id ? -1 : 1);
/** Tables with nothing in them. */
const EMPTY: Tables = {
  ...{ model: [], task: [], attempt: [], event: [], log_piece: [] },
  ...{ device_lease: [], owner_use: [], consumer: [], audit: [], setting: [] },
};

/** The tables as `Tables` has them. */
export function dumpDatabase(db: MemoryDatabase): Tables {
  return {
    model: dumped(db.model.all(), (a, b) => a.id - b.id),
    task: dumped(db.task.all(), (a, b) => a.id - b.id),
    attempt: dumped(db.attempt.all(), ATTEMPTS),
    event: dumped(db.event.all(), EVENTS),
    log_piece: dumped(db.logPiece.all(), LOG_PIECES),
    device_lease: dumped(db.deviceLease.all(), (a, b) => a.id - b.id),
    owner_use: dumped(db.ownerUse.all(), (a, b) => (a.owner < b.owner ? -1 : 1)),
    consumer: dumped(db.consumer.all(), (a, b) => (a.id < b.id ? -1 : 1)),
    audit: dumped(db.audit.all(), (a, b) => a.id - b.id),
    setting: dumped(db.setting.all(), (a, b) => (a.key < b.key ? -1 : 1)),
  };
}

/** What belongs to these tasks, with who holds which device now, and nothing else. */
export function dumpTasks(db: MemoryDatabase, tasks: ReadonlySet<number>): Tables {
  const ids = [...tasks];
  return {
    ...EMPTY,
    task: ids.flatMap((id) => db.taskById.get(id) ?? []).map(dumpedRow),
    attempt: ids.flatMap((id) => dumped(db.attemptsOf.get(id), ATTEMPTS)),
    event: ids.flatMap((id) => dumped(db.eventsOf.get(id), EVENTS)),
    log_piece: ids.flatMap((id) => dumped(db.logPiecesOf.get(id), LOG_PIECES)),
    device_lease: dumped(db.liveLeases.get('live'), (a, b) => a.id - b.id),
  };
}

/** These tasks and their attempts, and nothing else. */
export function dumpHeld(db: MemoryDatabase, tasks: ReadonlySet<TaskRow>): Tables {
  return {
    ...EMPTY,
    task: Array.from(tasks, dumpedRow),
    attempt: Array.from(tasks).flatMap(({ id }) => dumped(db.attemptsOf.get(id), ATTEMPTS)),
  };
}

/** Arrays and objects of a row are shared: rows are replaced and never changed, and who reads a dump changes nothing. */
function dumped<Row extends object>(rows: readonly Row[], order: (a: Row, b: Row) => number): Dumped<Row>[] {
  return (rows.length > 1 ? rows.toSorted(order) : rows).map(dumpedRow);
}

/** What rows look like in a dump; few of them change from one dump to the next. */
const known = new WeakMap<object, object>();

function dumpedRow<Row extends object>(row: Row): Dumped<Row> {
  const before = known.get(row);
  if (before !== undefined) return before as Dumped<Row>;
  const made = { ...row } as Record<string, unknown>;
  for (const column in made) {
    const value = made[column];
    if (typeof value === 'bigint') made[column] = Number(value);
    else if (value instanceof Date) made[column] = value.toISOString();
  }
  known.set(row, made);
  return made as Dumped<Row>;
}
