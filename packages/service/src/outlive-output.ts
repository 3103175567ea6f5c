/** Whoever reads the output may end first, as `npm start | head -3` does; without a listener, Node would take that for a fault of ours. */
const READER_IS_GONE = 'EPIPE';

/**
 * Lets this process go on when nobody reads its output any more: what it would say then is lost, and there is nobody to tell. Other
 * faults of the output are thrown. (The log's own writer holds itself to the same.)
 */
export function outliveOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== READER_IS_GONE) throw error;
    });
  }
}
