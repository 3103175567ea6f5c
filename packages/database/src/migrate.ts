import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { Connection } from './connect.ts';

/** Everybody who migrates takes this advisory lock, so that migrations run once however many services start together. */
const MIGRATION_LOCK = 72_707_369;

/** The table in which Prisma's own command line keeps its history; we write the same rows, so both agree. */
const HISTORY = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz, migration_name varchar(255) NOT NULL,
  logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0)`;

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
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await client.query(HISTORY);
    return await applyMissing(client, folder);
  } finally {
    // Ends the database session, and with it the lock.
    await client.end();
  }
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

async function apply(client: pg.Client, migration: { name: string; script: string; checksum: string }): Promise<void> {
  const id = randomUUID();
  await client.query('INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ($1, $2, $3)', [
    id,
    migration.checksum,
    migration.name,
  ]);
  // One simple query is one transaction: a script that fails leaves nothing behind but its unfinished row.
  await client.query(migration.script);
  await client.query('UPDATE _prisma_migrations SET finished_at = now(), applied_steps_count = 1 WHERE id = $1', [id]);
}
