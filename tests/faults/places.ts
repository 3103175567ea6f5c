import { join } from 'node:path';

/** The product as it is here. */
export const PRODUCT = join(import.meta.dirname, '..', '..');
/** What the rows found, the last time that each was played. */
export const RESULTS = join(import.meta.dirname, 'results.json');
/** What all batches of kills came to. */
export const TALLY = join(import.meta.dirname, 'kill', 'tally.json');
/** What people read of both. */
export const REPORT = join(PRODUCT, 'docs', 'fault-report.md');
