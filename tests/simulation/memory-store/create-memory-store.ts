import type { Store, StoreTx } from '@inference/private-api';
import type { Tables } from '../tables.ts';
import { dumpDatabase, dumpHeld, dumpTasks } from './dump-database.ts';
import { createMemoryDatabase, type MemoryDatabase } from './memory-database.ts';
import type { Journal } from './memory-table.ts';
import { statementFault } from './statement-fault.ts';
import { STATEMENTS } from './statements.ts';
import { statementsBy } from './statements-by.ts';

type Options = {
  /** The wall clock of the database, in milliseconds since 1970, before `skewMs` is added. */
  readonly nowMs: () => number;
};

/** A store in memory that does what the one in Postgres does, for the statements that the life of a task uses. */
export type MemoryStore = Store & {
  /** Everything that is kept, without waiting for a transaction that is under way. */
  dump(): Tables;
  /** How far the wall clock of the database is from the one that was handed in, in milliseconds; set it to let the clock jump. */
  skewMs: number;
  /** The attempt that holds a device, as task/attempt; null where none does, and while a transaction may yet be undone its own. */
  holderOf(deviceUuid: string): string | null;
  /** The rows of the tasks that have changed for good since this was asked before; null where none has, or a transaction may yet be undone. */
  dumpChanged(): Tables | null;
  /** The tasks that are held, and these, with their attempts; null while a transaction may yet be undone. */
  dumpHeld(uids: readonly string[]): Tables | null;
};

/**
 * Makes an empty store. Transactions come one after the other, a statement of its own being one, and each answers in a later microtask. With
 * no transaction beside it nothing is ever locked, skipped or seen half-way: for that, see ../on-postgres.
 */
export function createMemoryStore({ nowMs }: Options): MemoryStore {
  const journal: Journal = { undo: [], late: [], touched: new Set() };
  let now = new Date(0);
  const db = createMemoryDatabase(journal, () => now);
  /** Settles when nobody is in a transaction any more, or waits for one; null: so it is. */
  let busy: Promise<void> | null = null;

  const begin = () => {
    now = new Date(nowMs() + store.skewMs);
  };
  const commit = () => {
    journal.undo.length = 0;
  };
  const end = () => {
    journal.late.length = 0;
    // Nothing is left to undo where it took effect.
    while (journal.undo.length > 0) journal.undo.pop()?.();
  };
  /** Waits for those before it. */
  const enter = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const entered = busy === null ? work() : busy.then(work);
    const leave = () => {
      if (busy === left) busy = null;
    };
    const left: Promise<void> = entered.then(leave, leave);
    busy = left;
    return entered;
  };
  const runAlone = (run: () => unknown): unknown => {
    begin();
    try {
      const answer = run();
      commit();
      return answer;
    } finally {
      end();
    }
  };

  const alone = statementsOf(db, async (_name, run) => (busy === null ? runAlone(run) : await enter(async () => runAlone(run))));
  const transaction: Store['transaction'] = (work) =>
    enter(async () => {
      begin();
      const tx = openTransaction(db);
      try {
        const result = await work(tx.statements);
        // As Postgres does: the end of a transaction in which a statement failed is no error, and undoes it.
        if (!tx.isAborted()) commit();
        return result;
      } finally {
        tx.close();
        end();
      }
    });
  const store: MemoryStore = Object.assign(alone, {
    transaction,
    skewMs: 0,
    dump: () => dumpDatabase(db),
    holderOf: (deviceUuid: string) => {
      const lease = db.liveLeaseOf.get(deviceUuid);
      return lease === undefined ? null : `${db.taskById.get(lease.task_id)?.uid}/${lease.attempt}`;
    },
    dumpHeld: (uids: readonly string[]) => {
      if (journal.undo.length > 0) return null;
      const tasks = [...db.tasksHeld.get('held'), ...uids.flatMap((uid) => db.taskByUid.get(uid) ?? [])];
      return dumpHeld(db, new Set(tasks));
    },
    dumpChanged: () => {
      if (journal.undo.length > 0 || journal.touched.size === 0) return null;
      const tables = dumpTasks(db, journal.touched);
      journal.touched.clear();
      return tables;
    },
  });
  return store;
}

function openTransaction(db: MemoryDatabase) {
  let state: 'open' | 'aborted' | 'closed' = 'open';
  const statements = statementsOf(db, async (name, run) => {
    if (state === 'closed') throw new Error(`${name}: the transaction is over`);
    if (state === 'aborted') throw statementFault('aborted', name);
    try {
      return run();
    } catch (error) {
      state = 'aborted';
      throw error;
    }
  });
  return {
    statements,
    isAborted: () => state === 'aborted',
    close: () => {
      state = 'closed';
    },
  };
}

type Run = (name: keyof StoreTx, run: () => unknown) => Promise<unknown>;

/** Every statement, carried out the way `carryOut` does it. */
function statementsOf(db: MemoryDatabase, carryOut: Run): StoreTx {
  return statementsBy((name, parts) => {
    const statement = STATEMENTS[name];
    if (typeof statement === 'string') return Promise.reject(new Error(`the statement ${name} is ${statement}`));
    const run = statement as (db: MemoryDatabase, ...parts: readonly unknown[]) => unknown;
    return carryOut(name, () => settled(db, run(db, ...parts)));
  });
}

/** What a statement answers, once all that is looked at last lets it. */
function settled(db: MemoryDatabase, answer: unknown): unknown {
  for (const look of db.journal.late.splice(0)) look();
  return answer;
}
