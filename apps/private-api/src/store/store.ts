import type { Tx } from '@inference/database';
import type { STATEMENTS } from './statements.ts';

type All = typeof STATEMENTS;

/** The statements of `store/`, one function each, as they run on the database or in a transaction of it. */
export type StoreTx = {
  readonly [Name in keyof All]: All[Name] extends (tx: Tx, ...parts: infer Parts) => infer Answer ? (...parts: Parts) => Answer : never;
};

/** What the private API keeps the truth in. Adapters: Postgres; an in-memory twin, for the simulator only. */
export type Store = StoreTx & {
  /** Runs statements that take effect together, or not at all. */
  transaction<Result>(work: (tx: StoreTx) => Promise<Result>): Promise<Result>;
};
