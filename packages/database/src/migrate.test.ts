import { spawn } from 'node:child_process';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { emptyDatabase, testDatabase, testFolder, until } from '@inference/testing';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Connection } from './connect.ts';
import { migrate } from './migrate.ts';

const migrations = join(import.meta.dirname, '..', '..', '..', 'prisma', 'migrations');

async function setup() {
  const { db, connection } = await testDatabase();
  const folder = join(await testFolder(), 'migrations');
  await cp(migrations, folder, { recursive: true });
  const add = async (name: string, script: string) => {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'migration.sql'), script);
  };
  return { db, connection, folder, add };
}

/** Another process that migrates. */
function migratingProcess(connection: Connection, folder: string) {
  const program = `const { migrate } = await import(${JSON.stringify(join(import.meta.dirname, 'migrate.ts'))});
    await migrate(${JSON.stringify(connection)}, ${JSON.stringify(folder)});`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: 'inherit' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

describe('migrate', () => {
  it('applies what is missing once, however many start together', async () => {
    const { db, connection, folder, add } = await setup();
    await add('9998_one', 'CREATE TABLE one (id int); INSERT INTO one VALUES (1);');
    const applied = await Promise.all([1, 2, 3].map(() => migrate(connection, folder)));
    expect(applied.flat()).toEqual(['9998_one']);
    expect(await db.$queryRaw`SELECT id FROM one`).toEqual([{ id: 1 }]);
  });

  it('makes all tables once when three start together on an empty database', async () => {
    const connection = await emptyDatabase();
    const applied = await Promise.all([1, 2, 3].map(() => migrate(connection, migrations)));
    expect(applied.flat().sort()).toEqual((await readdir(migrations)).sort());
    expect(await migrate(connection, migrations)).toEqual([]);
  });

  it('goes on where one died that held the lock, in the middle of a script', async () => {
    const { db, connection, folder, add } = await setup();
    await add('9998_slow', "CREATE TABLE slow (id int); SELECT pg_sleep(CASE WHEN to_regclass('patient') IS NULL THEN 60 ELSE 0 END);");
    const child = migratingProcess(connection, folder);
    const waiting = async () => {
      const [row] = await db.$queryRaw<{ count: bigint }[]>`
        SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep%' AND wait_event = 'PgSleep'`;
      return row?.count === 1n;
    };
    await until('the script to run', waiting);
    await db.$executeRaw`CREATE TABLE patient (id int)`;
    const others = [migrate(connection, folder), migrate(connection, folder)];
    child.kill('SIGKILL');
    // A server whose client is gone notices when it wants to answer; the sleep would be over by then.
    await db.$queryRaw`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()`;
    expect((await Promise.all(others)).flat()).toEqual(['9998_slow']);
    expect(await db.$queryRaw`SELECT count(*)::int AS count FROM _prisma_migrations WHERE migration_name = '9998_slow'`).toEqual([
      { count: 1 },
    ]);
  });

  it('waits for one that holds the lock, whatever it does with it', async () => {
    const { connection, folder, add } = await setup();
    await add('9998_one', 'SELECT 1;');
    const holder = new pg.Client(connection);
    await holder.connect();
    onTestFinished(() => holder.end());
    await holder.query('SELECT pg_advisory_lock(72707369)');
    let isDone = false;
    const migrated = migrate(connection, folder).finally(() => {
      isDone = true;
    });
    const waits = async () => (await holder.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")).rows.length > 0;
    await until('it to wait', waits);
    expect(isDone).toBe(false);
    await holder.query('SELECT pg_advisory_unlock(72707369)');
    expect(await migrated).toEqual(['9998_one']);
  });

  it('leaves nothing of a script that fails half-way, and says so at the next start', async () => {
    const { db, connection, folder, add } = await setup();
    await add('9998_half', 'CREATE TABLE half (id int); SELECT 1/0;');
    await expect(migrate(connection, folder)).rejects.toThrow('division by zero');
    expect(await db.$queryRaw`SELECT to_regclass('half')::text AS name`).toEqual([{ name: null }]);
    await expect(migrate(connection, folder)).rejects.toThrow('9998_half failed before');
  });

  it.each([
    ['a deadlock', '40P01'],
    ['a lock that another session held', '55P03'],
    ['a full disk', '53100'],
    ['a shutdown', '57P01'],
    ['a lost connection', '08006'],
  ])('tries a script again that failed because of %s', async (_what, code) => {
    const { db, connection, folder, add } = await setup();
    const fail = `IF to_regclass('patient') IS NULL THEN RAISE EXCEPTION 'not now' USING ERRCODE = '${code}'; END IF;`;
    await add('9998_again', `CREATE TABLE again (id int); DO $$ BEGIN ${fail} END $$;`);
    await expect(migrate(connection, folder)).rejects.toThrow('not now');
    await db.$executeRaw`CREATE TABLE patient (id int)`;
    expect(await migrate(connection, folder)).toEqual(['9998_again']);
  });

  it('refuses a migration that was edited after it had been applied', async () => {
    const { connection, folder } = await setup();
    const [first] = await readdir(folder);
    const file = join(folder, String(first), 'migration.sql');
    await writeFile(file, `${await readFile(file, 'utf8')}\n-- edited`);
    await expect(migrate(connection, folder)).rejects.toThrow('was changed after');
  });

  it('refuses a database that a newer version has migrated', async () => {
    const { connection, folder, add } = await setup();
    await add('9998_new', 'SELECT 1;');
    await migrate(connection, folder);
    await expect(migrate(connection, migrations)).rejects.toThrow('9998_new, which this version does not know');
  });
});
