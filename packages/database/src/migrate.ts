import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { Connection } from './connect.ts';

/** Everybody who migrates takes this advisory lock, so that migrations run once however many services start together. */
const MIGRATION_LOCK = 72_707_369;

/** Another service may migrate for so long before we give up waiting for it, in milliseconds. */
const LOCK_WAIT_MS = 10 * 60_000;
/** What Postgres says when that time is over. */
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Postgres' codes for what may go well the next time: connection lost, disk or memory full, shut down or cancelled, a deadlock, or a lock
 * that another session holds.
 */
const PASSING_STATES = /^(?:08|53|57|40001|40P01|55P03)/;

/** The table in which Prisma's own command line keeps its history; we write the same rows, so both agree. */
const HISTORY = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz, migration_name varchar(255) NOT NULL,
  logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0)`;

type Migration = { readonly name: string; readonly script: string; readonly checksum: string };
type Applied = { migration_name: string; checksum: string; finished_at: Date | null };

/**
 * Applies the migrations that the database lacks, in the order of their names, each as one transaction.
 *
 * @param folder holds `<name>/migration.sql` each
 * @returns the names of those applied now
 * @throws Error when an applied migration was edited, failed half-way before, or is unknown to this version
 */
export async function migrate(connection: Connection, folder: string): Promise<string[]> {
  const client = new pg.Client(connection);
  // What was asked of a connection that breaks is rejected; this says the same once more, and ends the process if nobody listens.
  client.on('error', () => {});
  await client.connect();
  try {
    await lock(client);
    await client.query(HISTORY);
    return await applyMissing(client, folder);
  } finally {
    // Ends the database session, and with it the lock.
    await client.end();
  }
}

async function lock(client: pg.Client): Promise<void> {
  await client.query(`SET lock_timeout = ${LOCK_WAIT_MS}`);
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
  } catch (error) {
    if ((error as { code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error;
    throw new Error(`Another service has been migrating the database for more than ${LOCK_WAIT_MS / 60_000} minutes.`, { cause: error });
  }
  await client.query('SET lock_timeout = 0');
}

async function applyMissing(client: pg.Client, folder: string): Promise<string[]> {
  const history = await client.query<Applied>(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL',
  );
  const applied = new Map(history.rows.map((row) => [row.migration_name, row]));
  const names = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const unknown = [...applied.keys()].find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new Error(`The database has the migration ${unknown}, which this version does not know: run a newer version.`);

  const done: string[] = [];
  for (const name of names.sort()) {
    const script = await readFile(join(folder, name, 'migration.sql'), 'utf8');
    const checksum = createHash('sha256').update(script).digest('hex');
    const before = applied.get(name);
    if (before === undefined) {
      await apply(client, { name, script, checksum });
      done.push(name);
    } else checkUnchanged(before, checksum);
  }
  return done;
}

function checkUnchanged(before: Applied, checksum: string): void {
  const { migration_name: name } = before;
  if (before.finished_at === null) throw new Error(`Migration ${name} failed before: repair the database, then mark it as rolled back.`);
  if (before.checksum !== checksum) throw new Error(`Migration ${name} was changed after it had been applied.`);
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  const id = randomUUID();
  try {
    // One simple query is one transaction: whoever dies in the middle, or fails, leaves nothing behind. What Postgres runs outside of
    // transactions only, such as CREATE INDEX CONCURRENTLY, is refused in it.
    await client.query(`${migration.script}\n;${historyRow(client, id, migration)}`);
  } catch (error) {
    if (!PASSING_STATES.test(String((error as { code?: unknown }).code)))
      await noteFailure(client, id, { ...migration, logs: (error as Error).message });
    throw error;
  }
}

function historyRow(client: pg.Client, id: string, { name, checksum }: Migration): string {
  const values = [id, checksum, name].map((value) => client.escapeLiteral(value)).join(', ');
  return `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count) VALUES (${values}, now(), 1)`;
}

/** A script that is wrong fails again: the next start says so, instead of trying. Not so if the database went away meanwhile. */
async function noteFailure(client: pg.Client, id: string, { name, checksum, logs }: Migration & { logs: string }): Promise<void> {
  const row = 'INSERT INTO _prisma_migrations (id, checksum, migration_name, logs) VALUES ($1, $2, $3, $4)';
  await client.query(row, [id, checksum, name, logs]).catch(() => {});
}
