/** Up to where a client of a feed has heard: the newest event of the task, the newest piece of its log, and whether it heard the end. */
export type FeedPlace = { readonly eventId: bigint; readonly pieceId: bigint; readonly isDone: boolean };

/** The place of who has heard nothing. */
export const FEED_START: FeedPlace = { eventId: 0n, pieceId: 0n, isDone: false };

const FORM = /^(\d{1,18})-(\d{1,18})(-done)?$/;

/** Writes a place as the id of an event, which a client sends back as `Last-Event-ID`. */
export function formatPlace({ eventId, pieceId, isDone }: FeedPlace): string {
  return `${eventId}-${pieceId}${isDone ? '-done' : ''}`;
}

/** Reads what a client sent; what is no place of ours is the start: it hears everything, rather than nothing. */
export function parsePlace(text: string): FeedPlace {
  const [, eventId, pieceId, done] = FORM.exec(text) ?? [];
  if (eventId === undefined || pieceId === undefined) return FEED_START;
  return { eventId: BigInt(eventId), pieceId: BigInt(pieceId), isDone: done !== undefined };
}
