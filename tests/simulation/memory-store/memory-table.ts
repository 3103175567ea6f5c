import { statementFault } from './statement-fault.ts';

/** What is to be done at the end of a statement, and of a transaction. */
export type Journal = {
  /** Called backwards where the transaction is rolled back. */
  readonly undo: (() => void)[];
  /** Called once the statement has done all else, as Postgres looks at foreign keys: each may refuse it. */
  readonly late: (() => void)[];
  /** The tasks of which a row was written or removed, since somebody looked. */
  readonly touched: Set<number>;
};

/** Follows the rows of a table. */
type Index<Row> = { add(row: Row): void; remove(row: Row): void };

/** What a table is made of. A CHECK that answers null, as SQL's do where a column is null, lets the row in. */
type Shape<Row> = {
  readonly name: string;
  /** The id of the task that a row belongs to. */
  readonly taskOf?: (row: Row) => number;
  readonly checks?: Readonly<Record<string, (row: Row) => boolean | null>>;
  readonly foreignKeys?: Readonly<Record<string, (row: Row) => boolean>>;
};

/**
 * Rows in the order in which they came. A row is replaced and never changed, so that who holds one still has what it read. CHECKs, unique
 * indexes and foreign keys are asked in Postgres' order.
 */
export class MemoryTable<Row extends object> {
  readonly #shape: Shape<Row>;
  readonly #journal: Journal;
  readonly #rows = new Set<Row>();
  readonly #uniques: { readonly name: string; holds(row: Row): boolean }[] = [];
  readonly #indexes: Index<Row>[] = [];

  constructor(journal: Journal, shape: Shape<Row>) {
    this.#journal = journal;
    this.#shape = shape;
  }

  /** A unique index; rows for which `keyOf` answers null are not in it. */
  unique<Key>(name: string, keyOf: (row: Row) => Key | null): { get(key: Key): Row | undefined } {
    const rows = new Map<Key, Row>();
    this.#uniques.push({
      name,
      holds: (row) => {
        const key = keyOf(row);
        return key !== null && rows.has(key);
      },
    });
    this.#indexes.push({
      add: (row) => {
        const key = keyOf(row);
        if (key !== null) rows.set(key, row);
      },
      remove: (row) => {
        const key = keyOf(row);
        if (key !== null) rows.delete(key);
      },
    });
    return rows;
  }

  /** The rows that have something in common; those for which `keyOf` answers null are left out. */
  group<Key>(keyOf: (row: Row) => Key | null): { get(key: Key): readonly Row[] } {
    const groups = new Map<Key, Set<Row>>();
    this.#indexes.push({
      add: (row) => {
        const key = keyOf(row);
        if (key === null) return;
        const group = groups.get(key);
        if (group === undefined) groups.set(key, new Set([row]));
        else group.add(row);
      },
      remove: (row) => {
        const key = keyOf(row);
        if (key !== null) groups.get(key)?.delete(row);
      },
    });
    return { get: (key) => [...(groups.get(key) ?? [])] };
  }

  /** All rows, in no order that means anything. */
  all(): readonly Row[] {
    return [...this.#rows];
  }

  insert(row: Row): Row {
    this.#put(row);
    this.#lookLate(row);
    this.#journal.undo.push(() => this.#forget(row));
    return row;
  }

  update(row: Row, changes: Partial<Row>): Row {
    const changed = { ...row, ...changes };
    this.#forget(row);
    this.#journal.undo.push(() => this.#keep(row));
    this.#put(changed);
    this.#journal.undo.push(() => this.#forget(changed));
    return changed;
  }

  delete(row: Row): void {
    this.#forget(row);
    this.#journal.undo.push(() => this.#keep(row));
  }

  /** Asks the CHECKs, for an INSERT that looks for a conflict: Postgres asks them before. */
  check(row: Row): void {
    const { name, checks = {} } = this.#shape;
    for (const check in checks) if (checks[check]?.(row) === false) throw statementFault('check', `${name}: ${check}`);
  }

  #put(row: Row): void {
    this.check(row);
    for (const unique of this.#uniques) if (unique.holds(row)) throw statementFault('duplicate', `${this.#shape.name}: ${unique.name}`);
    this.#keep(row);
  }

  /** No statement changes what a row refers to: only new ones are looked at. */
  #lookLate(row: Row): void {
    const { name, foreignKeys = {} } = this.#shape;
    for (const [key, holds] of Object.entries(foreignKeys)) {
      this.#journal.late.push(() => {
        if (!holds(row)) throw statementFault('foreignKey', `${name}: ${key}`);
      });
    }
  }

  #keep(row: Row): void {
    this.#touch(row);
    this.#rows.add(row);
    for (const index of this.#indexes) index.add(row);
  }

  #forget(row: Row): void {
    this.#touch(row);
    this.#rows.delete(row);
    for (const index of this.#indexes) index.remove(row);
  }

  #touch(row: Row): void {
    const task = this.#shape.taskOf?.(row);
    if (task !== undefined) this.#journal.touched.add(task);
  }
}
