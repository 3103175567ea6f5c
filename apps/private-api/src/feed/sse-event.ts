import { type FeedPlace, formatPlace } from './feed-place.ts';

/** Writes one event of a feed; JSON has no line feeds, so its data is one line. */
export function sseEvent(event: 'state' | 'progress' | 'log' | 'done' | 'gap', place: FeedPlace, data: unknown): string {
  return `id: ${formatPlace(place)}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
