import type { Tx } from '@inference/database';
import { LIVE_LOG, type LiveBatch, type LogStream } from '@inference/domain';
import type { LeaseKey } from './attempt-store.ts';

/**
 * Keeps what a consumer tells of a running attempt: pieces of its log, and its progress. A piece counts where its stream ends, so a
 * repetition changes nothing and nothing overlaps; what goes beyond the limit of a stream is left out. Its commit does not wait for the
 * disk: a crash of the database may cost the last lines of a log, and a model prints many. 0 says that the lease does not count. The task is
 * locked: else what is told at the very moment of a purge would come after it, and stay.
 */
export async function keepLive(tx: Tx, lease: LeaseKey, { pieces, progress }: LiveBatch): Promise<number> {
  const [streams, offsets] = [pieces.map(({ stream }) => stream), pieces.map(({ offset }) => offset)];
  const [texts, opens] = [pieces.map(({ text }) => text), pieces.map(({ open }) => open)];
  const [row] = await tx.$queryRaw<{ held: number }[]>`
    WITH held AS (
      SELECT t.id, a.number FROM task t JOIN attempt a ON a.task_id = t.id AND a.number = t.attempt
      WHERE t.uid = ${lease.taskUid} AND a.number = ${lease.attempt} AND a.token = ${lease.token}
        AND t.state IN ('queued', 'running', 'cancelling') AND (a.outcome IS NULL OR a.outcome = 'lost') FOR NO KEY UPDATE OF t
    ), noted AS (
      UPDATE task SET progress = ${progress?.fraction ?? null}::real, progress_text = ${progress?.text ?? ''}
      FROM held WHERE task.id = held.id AND ${progress !== null}
    ), piece AS (
      SELECT * FROM unnest(${streams}::text[], ${offsets}::int[], ${texts}::text[], ${opens}::boolean[])
        WITH ORDINALITY AS p (stream, "offset", text, open, place)
    ), kept AS (
      INSERT INTO log_piece (task_id, attempt, stream, "offset", text, open)
      SELECT held.id, held.number, p.stream, p."offset", p.text, p.open FROM held, piece p
      WHERE p."offset" + octet_length(p.text) <= ${LIVE_LOG.streamBytesMax}::int AND p."offset" >= coalesce((
        SELECT l."offset" + CASE WHEN l.open THEN 0 ELSE octet_length(l.text) END FROM log_piece l
        WHERE l.task_id = held.id AND l.attempt = held.number AND l.stream = p.stream ORDER BY l."offset" DESC LIMIT 1), 0)
      ORDER BY p.place
      ON CONFLICT (task_id, attempt, stream, "offset")
        DO UPDATE SET id = excluded.id, text = excluded.text, open = excluded.open, at = now() WHERE log_piece.open
    )
    SELECT set_config('synchronous_commit', 'off', true), count(*)::int AS held FROM held`;
  return row?.held ?? 0;
}

/** Where the log of each stream of an attempt ends that has one, in bytes: an open line, which is told again, begins there. */
export async function listLogEnds(tx: Tx, taskId: number, attempt: number): Promise<{ stream: LogStream; end: number }[]> {
  return await tx.$queryRaw<{ stream: LogStream; end: number }[]>`
    SELECT stream, max("offset" + CASE WHEN open THEN 0 ELSE octet_length(text) END)::int AS "end"
    FROM log_piece WHERE task_id = ${taskId} AND attempt = ${attempt} GROUP BY stream`;
}

/** A piece of a log, as it is kept. */
export type LogPieceRow = {
  readonly id: bigint;
  readonly attempt: number;
  readonly stream: LogStream;
  readonly offset: number;
  readonly text: string;
  readonly open: boolean;
  readonly at: Date;
};

/** How much of a log is read at a time. The last piece may go beyond `bytesMax`. */
export type PageLimits = { readonly countMax: number; readonly bytesMax: number };

/** The pieces of a task's log after one of them, oldest first. Uses log_piece_task_id_id_idx. */
export async function listPieces(tx: Tx, taskId: number, after: bigint, { countMax, bytesMax }: PageLimits): Promise<LogPieceRow[]> {
  return await tx.$queryRaw<LogPieceRow[]>`
    WITH next AS (
      SELECT * FROM log_piece WHERE task_id = ${taskId} AND id > ${after} ORDER BY id LIMIT ${countMax}
    ), counted AS (
      SELECT *, sum(octet_length(text)) OVER (ORDER BY id) - octet_length(text) AS before FROM next
    )
    SELECT id, attempt, stream, "offset", text, open, at FROM counted WHERE before < ${bytesMax}::int ORDER BY id`;
}

/** What is read of a log at once, in pieces: all that consumers tell, and a state of each stream's last line. */
const LOG_PIECES_MAX = 2 * (LIVE_LOG.streamPiecesMax + 1);

/** The whole log of an attempt, of one stream or of both; its length is bounded by what a stream keeps. */
export async function listAttemptPieces(tx: Tx, taskId: number, attempt: number, stream: LogStream | null): Promise<LogPieceRow[]> {
  return await tx.$queryRaw<LogPieceRow[]>`
    SELECT id, attempt, stream, "offset", text, open, at FROM log_piece
    WHERE task_id = ${taskId} AND attempt = ${attempt} AND (${stream}::text IS NULL OR stream = ${stream}::text)
    ORDER BY id LIMIT ${LOG_PIECES_MAX}::int`;
}

export async function deletePieces(tx: Tx, taskId: number): Promise<void> {
  await tx.$executeRaw`DELETE FROM log_piece WHERE task_id = ${taskId}`;
}
