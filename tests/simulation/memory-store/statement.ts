import type { StoreTx } from '@inference/private-api';
import type { MemoryDatabase } from './memory-database.ts';

/** A statement of the store, carried out at once on the tables in memory. What it hands out is never a row itself. */
export type Statement<Name extends keyof StoreTx> = (
  db: MemoryDatabase,
  ...parts: Parameters<StoreTx[Name]>
) => Awaited<ReturnType<StoreTx[Name]>>;
