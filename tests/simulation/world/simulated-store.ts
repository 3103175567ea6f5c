import type { Store, StoreTx } from '@inference/private-api';
import { statementsBy } from '../memory-store/statements-by.ts';
import type { ProcessLife } from './process-life.ts';
import type { Random } from './random.ts';

/** What is wrong with the ways to the database. */
export type StoreFaults = {
  /** It cannot be reached. */
  isAway: boolean;
  /** Shares of statements whose connection breaks before they are done, ... */
  lostBefore: number;
  /** ... and after: they took effect, and nobody was told. */
  lostAfter: number;
};

/** Statements that take a while, as a share of all, and how long at most, in milliseconds. */
const SLOW_SHARE = 0.15;
const SLOW_MS = 40;

/** The store as one process sees it. */
export function storeSeenBy(life: ProcessLife, store: Store, { random, faults }: { random: Random; faults: StoreFaults }): Store {
  const delayMs = () => (random.chance(SLOW_SHARE) ? random.below(SLOW_MS) : 0);
  const reach = () => {
    if (faults.isAway || random.chance(faults.lostBefore)) throw lostConnection();
  };
  const answerOf = <Answer>(answer: Answer): Answer => {
    if (random.chance(faults.lostAfter)) throw lostConnection();
    return answer;
  };
  const seen = (from: StoreTx, isWhole: boolean): StoreTx =>
    statementsBy((name, parts) =>
      life.ask(() => {
        reach();
        const answering: Promise<unknown> = Reflect.apply(from[name], from, parts);
        return isWhole ? answering.then(answerOf) : answering;
      }, delayMs()),
    );
  const inTransaction = <Result>(work: (tx: StoreTx) => Promise<Result>) =>
    life.ask(async () => {
      reach();
      return answerOf(await store.transaction((tx) => unlessStopped(life, () => work(seen(tx, false)))));
    }, delayMs());
  return Object.assign(seen(store, true), { transaction: inTransaction });
}

/** The database ends the transaction of a process that is gone, or that says nothing any more. */
async function unlessStopped<Result>(life: ProcessLife, begin: () => Promise<Result>): Promise<Result> {
  // Its turn came too late.
  if (life.isStopped) throw lostConnection();
  const work = begin();
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const forget = life.onStop(() => reject(lostConnection()));
  // Its rest may fail when nobody waits for it any more.
  work.catch(() => {});
  try {
    return await Promise.race([work, stopped]);
  } finally {
    forget();
  }
}

/** As the driver says it. */
function lostConnection(): Error {
  return new Error('Connection terminated unexpectedly');
}
