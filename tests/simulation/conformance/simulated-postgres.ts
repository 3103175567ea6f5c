import { type Connection, connect, type Database } from '@inference/database';
import { createPostgresStore, type Store } from '@inference/private-api';
import type { Tables } from '../tables.ts';

/** Sequences after which the tables are made anew: what is deleted stays on the disk, and slows every statement down. */
const DELETES_MAX = 100;

/** A store in Postgres whose clock stands still until it is set, and whose tables can be emptied and dumped at once. */
export type SimulatedPostgres = {
  readonly db: Database;
  readonly store: Store;
  setClock(at: Date): Promise<void>;
  empty(): Promise<void>;
  dump(): Promise<Tables>;
  close(): Promise<void>;
};

/** The tables, in an order in which nothing that is emptied is still named. */
const TABLES = ['log_piece', 'event', 'attempt', 'device_lease', 'owner_use', 'task', 'model', 'consumer', 'audit', 'setting'] as const;
const ORDERS: Readonly<Record<(typeof TABLES)[number], string>> = {
  ...{
    log_piece: 'id',
    event: 'id',
    attempt: 'task_id, number',
    task: 'id',
    model: 'id',
    consumer: 'id',
    device_lease: 'id',
    owner_use: 'owner',
    audit: 'id',
    setting: 'key',
  },
};

/** Takes over a migrated database: its `now()` is ours from then on, wherever a statement or a column asks. */
export async function openSimulatedPostgres(connection: Connection): Promise<SimulatedPostgres> {
  const first = connect(connection);
  for (const statement of setup(connection.database ?? '')) await first.$executeRaw(asTemplate(statement));
  await first.$disconnect();
  const db = connect(connection);
  let emptied = 0;
  return {
    db,
    store: createPostgresStore(db),
    setClock: async (at) => {
      await db.$executeRaw`UPDATE simulated.clock SET at = ${at}`;
    },
    empty: async () => {
      emptied += 1;
      if (emptied % DELETES_MAX === 0) await db.$executeRaw(asTemplate(`TRUNCATE ${TABLES.join(', ')}`));
      await db.$queryRaw`SELECT simulated.empty()`;
    },
    dump: async () => {
      const [row] = await db.$queryRaw<{ tables: string }[]>`SELECT simulated.dump()::text AS tables`;
      return JSON.parse(row?.tables ?? '', withPlainTimes);
    },
    close: () => db.$disconnect(),
  };
}

function setup(database: string): string[] {
  return [
    'CREATE SCHEMA simulated',
    "CREATE TABLE simulated.clock AS SELECT '2026-01-01T00:00:00Z'::timestamptz AS at",
    "CREATE FUNCTION simulated.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT at FROM simulated.clock'",
    // Columns ask with a keyword, which no search path changes; Prisma brings a time of its own.
    `DO $$ DECLARE c record; BEGIN
       FOR c IN SELECT table_name, column_name FROM information_schema.columns WHERE column_default = 'CURRENT_TIMESTAMP' LOOP
         EXECUTE format('ALTER TABLE %I ALTER COLUMN %I SET DEFAULT simulated.now()', c.table_name, c.column_name);
       END LOOP; END $$`,
    `CREATE FUNCTION simulated.stamp() RETURNS trigger LANGUAGE plpgsql AS
       'BEGIN NEW.created_at := simulated.now(); RETURN NEW; END'`,
    'CREATE TRIGGER stamp BEFORE INSERT ON model FOR EACH ROW EXECUTE FUNCTION simulated.stamp()',
    `CREATE FUNCTION simulated.empty() RETURNS void LANGUAGE sql AS $$
       ${TABLES.map((table) => `DELETE FROM public.${table};`).join(' ')}
       SELECT setval(c.oid, 1, false) FROM pg_class c WHERE c.relkind = 'S' AND c.relnamespace = 'public'::regnamespace $$`,
    `CREATE FUNCTION simulated.dump() RETURNS json LANGUAGE sql STABLE AS $$ SELECT json_build_object(${TABLES.map(dumpOf).join(', ')}) $$`,
    `ALTER DATABASE ${database} SET search_path = simulated, pg_catalog, public`,
    `ALTER DATABASE ${database} SET synchronous_commit = off`,
    `ALTER DATABASE ${database} SET TimeZone = 'UTC'`,
  ];
}

function dumpOf(table: (typeof TABLES)[number]): string {
  return `'${table}', (SELECT coalesce(json_agg(t ORDER BY ${ORDERS[table]}), '[]') FROM public.${table} t)`;
}

/** A statement that is not known before, as the tag of a template takes it. */
export function asTemplate(statement: string): TemplateStringsArray {
  return Object.assign([statement], { raw: [statement] });
}

function withPlainTimes(column: string, value: unknown): unknown {
  return /(?:^|_)at$/.test(column) && typeof value === 'string' ? new Date(value).toISOString() : value;
}
