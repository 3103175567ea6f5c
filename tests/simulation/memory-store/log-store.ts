import { LIVE_LOG, type LogStream } from '@inference/domain';
import type { LogPieceRow } from '../rows.ts';
import { attemptKeyOf, type MemoryDatabase, pieceKeyOf } from './memory-database.ts';
import type { Statement } from './statement.ts';
import { statementFault } from './statement-fault.ts';

export const keepLive: Statement<'keepLive'> = (db, lease, { pieces, progress }) => {
  const t = db.taskByUid.get(lease.taskUid);
  const a = t && db.attemptByNumber.get(attemptKeyOf(t.id, t.attempt));
  if (t === undefined || a === undefined || a.number !== lease.attempt || a.token !== lease.token) return 0;
  if (!['queued', 'running', 'cancelling'].includes(t.state) || (a.outcome !== null && a.outcome !== 'lost')) return 0;
  // The statement sees the log as it was before: of several pieces that it brings, none counts for the others.
  const ends = { stdout: endOf(db, t.id, a.number, 'stdout'), stderr: endOf(db, t.id, a.number, 'stderr') };
  const made = new Set<LogPieceRow>();
  for (const { stream, offset, text, open } of pieces) {
    if (offset + Buffer.byteLength(text) > LIVE_LOG.streamBytesMax || offset < ends[stream]) continue;
    made.add(keepPiece(db, { task_id: t.id, attempt: a.number, stream, offset, text, open }, made));
  }
  if (progress !== null) db.task.update(t, { progress: asReal(progress.fraction), progress_text: progress.text });
  return 1;
};

function keepPiece(db: MemoryDatabase, piece: Omit<LogPieceRow, 'id' | 'at'>, made: ReadonlySet<LogPieceRow>): LogPieceRow {
  const row = { id: db.ids.logPiece(), at: db.now(), ...piece };
  db.logPiece.check(row);
  const known = db.logPieceAt.get(pieceKeyOf(piece));
  if (known === undefined) return db.logPiece.insert(row);
  if (made.has(known)) throw statementFault('twice', pieceKeyOf(piece));
  return known.open ? db.logPiece.update(known, row) : known;
}

function endOf(db: MemoryDatabase, taskId: number, attempt: number, stream: LogStream): number {
  const pieces = db.logPiecesOf.get(taskId).filter((piece) => piece.attempt === attempt && piece.stream === stream);
  const [last] = pieces.toSorted((a, b) => b.offset - a.offset);
  return last === undefined ? 0 : last.offset + (last.open ? 0 : Buffer.byteLength(last.text));
}

/** A number as a column of the type REAL gives it back: in the fewest digits that name it. */
function asReal(value: number | null): number | null {
  if (value === null) return null;
  const real = Math.fround(value);
  for (let digits = 6; digits < 9; digits++) {
    const text = Number(real.toPrecision(digits));
    if (Math.fround(text) === real) return text;
  }
  return Number(real.toPrecision(9));
}

export const listLogEnds: Statement<'listLogEnds'> = (db, taskId, attempt) => {
  const pieces = db.logPiecesOf.get(taskId).filter((piece) => piece.attempt === attempt);
  const ends = (piece: LogPieceRow) => piece.offset + (piece.open ? 0 : Buffer.byteLength(piece.text));
  return [...Map.groupBy(pieces, ({ stream }) => stream)].map(([stream, of]) => ({
    stream: stream as LogStream,
    end: Math.max(...of.map(ends)),
  }));
};

export const listPieces: Statement<'listPieces'> = (db, taskId, after, { countMax, bytesMax }) => {
  const next = byId(db.logPiecesOf.get(taskId).filter(({ id }) => id > after)).slice(0, countMax);
  let before = 0;
  return next.flatMap((piece) => {
    const isWithin = before < bytesMax;
    before += Buffer.byteLength(piece.text);
    return isWithin ? [shown(piece)] : [];
  });
};

export const listAttemptPieces: Statement<'listAttemptPieces'> = (db, taskId, attempt, stream) =>
  byId(db.logPiecesOf.get(taskId).filter((piece) => piece.attempt === attempt && (stream === null || piece.stream === stream))).map(shown);

export const deletePieces: Statement<'deletePieces'> = (db, taskId) => {
  for (const piece of db.logPiecesOf.get(taskId)) db.logPiece.delete(piece);
};

function byId(pieces: readonly LogPieceRow[]): LogPieceRow[] {
  return pieces.toSorted((a, b) => Number(a.id - b.id));
}

function shown({ id, attempt, stream, offset, text, open, at }: LogPieceRow) {
  return { id, attempt, stream: stream as LogStream, offset, text, open, at };
}
