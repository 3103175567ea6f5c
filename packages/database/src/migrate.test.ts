import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testDatabase, testFolder } from '@inference/testing';
import { describe, expect, it } from 'vitest';
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

describe('migrate', () => {
  it('applies what is missing once, however many start together', async () => {
    const { db, connection, folder, add } = await setup();
    await add('9998_one', 'CREATE TABLE one (id int); INSERT INTO one VALUES (1);');
    const applied = await Promise.all([1, 2, 3].map(() => migrate(connection, folder)));
    expect(applied.flat()).toEqual(['9998_one']);
    expect(await db.$queryRaw`SELECT id FROM one`).toEqual([{ id: 1 }]);
  });

  it('leaves nothing of a script that fails half-way, and says so at the next start', async () => {
    const { db, connection, folder, add } = await setup();
    await add('9998_half', 'CREATE TABLE half (id int); SELECT 1/0;');
    await expect(migrate(connection, folder)).rejects.toThrow('division by zero');
    expect(await db.$queryRaw`SELECT to_regclass('half')::text AS name`).toEqual([{ name: null }]);
    await expect(migrate(connection, folder)).rejects.toThrow('9998_half failed before');
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
