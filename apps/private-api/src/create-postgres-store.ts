import type { Database, Tx } from '@inference/database';
import { STATEMENTS } from './store/statements.ts';
import type { Store, StoreTx } from './store/store.ts';

const ENTRIES = Object.entries(STATEMENTS) as [string, (tx: Tx, ...parts: unknown[]) => unknown][];

/** The store in a Postgres database. */
export function createPostgresStore(db: Database): Store {
  return { ...bind(db), transaction: (work) => db.$transaction((tx) => work(bind(tx))) };
}

/** Holds the statements to one database, or to one transaction. */
function bind(tx: Tx): StoreTx {
  return Object.fromEntries(ENTRIES.map(([name, run]) => [name, run.bind(null, tx)])) as StoreTx;
}
