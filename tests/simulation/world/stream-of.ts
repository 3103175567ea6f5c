import { Readable } from 'node:stream';

/** A stream of these bytes, which may not be empty. Readable.from makes a generator and several promises for each. */
export function streamOf(...pieces: readonly Buffer[]): Readable {
  let at = 0;
  return new Readable({
    read() {
      this.push(pieces[at++] ?? null);
    },
  });
}
