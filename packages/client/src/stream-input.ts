import type { Input } from './input.ts';

/** A zip that comes from a pipe: it comes once, so an upload that breaks cannot be repeated. */
export function streamInput(source: AsyncIterable<Uint8Array>, name = 'stdin'): Input {
  return {
    name,
    bytes: null,
    isRepeatable: false,
    warnings: [],
    open: async function* (onContent) {
      for await (const piece of source) {
        onContent(piece.length);
        yield piece;
      }
    },
  };
}
