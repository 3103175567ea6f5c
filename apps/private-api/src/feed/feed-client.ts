import { isFinal } from '@inference/domain';
import type { Look } from '../services/look-at-task.ts';
import type { FollowedRow } from '../store/feed-store.ts';
import type { LogPieceRow } from '../store/log-store.ts';
import type { FeedPlace } from './feed-place.ts';
import { sseEvent } from './sse-event.ts';

/** What a client does not take is kept so far, in bytes: then it is cut off, and may come again. */
export const CLIENT_BYTES_MAX = 256 * 1024;

/** Where a feed is written to; an HTTP response is one. */
export type FeedSink = {
  write(text: string): boolean;
  end(): void;
  /** Bytes that were written and not taken. */
  readonly writableLength: number;
};

/** One client of a task's feed: hears each thing once, in order, and never holds up the others. */
export class FeedClient {
  readonly #sink: FeedSink;
  #place: FeedPlace;
  #state = '';
  #progress = '';
  #isOver = false;

  constructor(sink: FeedSink, place: FeedPlace) {
    this.#sink = sink;
    this.#place = place;
  }

  get pieceId(): bigint {
    return this.#place.pieceId;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Tells what is new for this client. */
  show({ task, pieces, more }: Look): void {
    // The end comes last, after all that was printed.
    if (!isOver(task)) this.#showState(task);
    for (const piece of pieces) this.#showPiece(piece);
    this.#showProgress(task);
    if (more || !isOver(task)) return;
    this.#showState(task);
    this.#done(task);
  }

  /** Lets the connection live while there is nothing to tell. */
  comment(): void {
    this.#write(':\n\n');
  }

  /** Ends it where it stands: whoever comes again with the last id misses nothing. */
  cut(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#sink.write(sseEvent('gap', this.#place, JSON.stringify({ reason })));
    this.#sink.end();
  }

  #showState(task: FollowedRow): void {
    const { state, attempt, failureClass, failureReason } = task;
    const data = { state, attempt, failure_class: failureClass, reason: failureReason };
    const told = JSON.stringify(data);
    // What a client knew when it came again needs no repetition.
    const isKnown = this.#state === '' && this.#place.eventId === task.eventId;
    if (told === this.#state || this.#isOver) return;
    this.#state = told;
    this.#place = { ...this.#place, eventId: task.eventId };
    if (!isKnown) this.#write(sseEvent('state', this.#place, told));
  }

  #showPiece(piece: LogPieceRow): void {
    if (piece.id <= this.#place.pieceId || this.#isOver) return;
    this.#place = { ...this.#place, pieceId: piece.id };
    this.#write(sseEvent('log', this.#place, logData(piece)));
  }

  #showProgress({ progress, progressText }: FollowedRow): void {
    const data = { fraction: progress, text: progressText };
    const told = progress === null && progressText === '' ? '' : JSON.stringify(data);
    if (told === this.#progress || this.#isOver) return;
    this.#progress = told;
    this.#write(sseEvent('progress', this.#place, JSON.stringify(data)));
  }

  #done({ state, failureClass, failureReason, isDeleted }: FollowedRow): void {
    if (this.#isOver) return;
    this.#place = { ...this.#place, isDone: true };
    const data = { state, failure_class: failureClass, reason: failureReason, deleted: isDeleted };
    this.#write(sseEvent('done', this.#place, JSON.stringify(data)));
    this.#isOver = true;
    this.#sink.end();
  }

  #write(text: string): void {
    if (this.#isOver) return;
    this.#sink.write(text);
    if (this.#sink.writableLength > CLIENT_BYTES_MAX) this.cut('The events were not taken fast enough: come again with the last id.');
  }
}

/** The data of a `log` event, written as JSON once for all who hear of the same piece. */
function logData(piece: LogPieceRow): string {
  const known = LOG_DATA.get(piece);
  if (known !== undefined) return known;
  const { attempt, stream, offset, text, open, at } = piece;
  const data = JSON.stringify({ attempt, stream, offset, text, open, at });
  LOG_DATA.set(piece, data);
  return data;
}

const LOG_DATA = new WeakMap<LogPieceRow, string>();

/** Whether nothing more can come of a task. */
export function isOver({ state, isDeleted }: Pick<FollowedRow, 'state' | 'isDeleted'>): boolean {
  return isFinal(state) || isDeleted;
}
