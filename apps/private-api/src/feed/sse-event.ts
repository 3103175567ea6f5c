import { type FeedPlace, formatPlace } from './feed-place.ts';

/** Writes one event of a feed. `json` is its data: JSON has no line feeds, so it is one line. */
export function sseEvent(event: 'state' | 'progress' | 'log' | 'done' | 'gap', place: FeedPlace, json: string): string {
  return `id: ${formatPlace(place)}\nevent: ${event}\ndata: ${json}\n\n`;
}
