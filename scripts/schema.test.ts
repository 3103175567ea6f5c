// prisma/schema.prisma, from which the client is made, and the migrations, from which databases are made, must say the same.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type Database, migrate } from '@inference/database';
import { emptyDatabase, testDatabase, testFolder } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { schemaDifference } from './schema-difference.ts';

const root = join(import.meta.dirname, '..', 'prisma');
const schema = readFileSync(join(root, 'schema.prisma'), 'utf8');

/** What Prisma knows of a database: columns, keys and references, and indexes. */
async function describeTables(db: Database) {
  const columns = await db.$queryRaw<object[]>`
    SELECT table_name, column_name, udt_name, is_nullable, column_default, datetime_precision
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '_prisma_migrations' ORDER BY table_name, column_name`;
  const keys = await db.$queryRaw<object[]>`
    SELECT conrelid::regclass::text AS table, conname::text AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
    WHERE contype IN ('p', 'u', 'f') AND connamespace = 'public'::regnamespace AND conrelid::regclass::text <> '_prisma_migrations'
    ORDER BY conname`;
  const indexes = await db.$queryRaw<
    { indexdef: string }[]
  >`SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname`;
  return { columns, keys, indexes: indexes.map(({ indexdef }) => indexdef) };
}

type Tables = Awaited<ReturnType<typeof describeTables>>;

/** What only one of two databases has. The migrated one may have more indexes: partial ones are nothing that a schema can say. */
function differences(migrated: Tables, described: Tables): string[] {
  const [ours, theirs] = [migrated, described].map(({ columns, keys }) => [...columns, ...keys].map((row) => JSON.stringify(row)));
  const missing = (of: readonly string[] = [], from: readonly string[] = []) => of.filter((row) => !from.includes(row));
  return [...missing(ours, theirs), ...missing(theirs, ours), ...missing(described.indexes, migrated.indexes)];
}

/** A database whose tables are made from the schema alone, by Prisma's engine. */
async function databaseOf(text: string): Promise<Database> {
  const connection = await emptyDatabase();
  const folder = await testFolder();
  mkdirSync(join(folder, '0001_all'));
  writeFileSync(join(folder, '0001_all', 'migration.sql'), await schemaDifference(connection, '', text));
  await migrate(connection, folder);
  const db = connect(connection);
  onTestFinished(() => db.$disconnect());
  return db;
}

/** What generates the client has nothing to do with the tables. */
function withoutGenerator(text: string): string {
  expect(text).toContain('\ngenerator ');
  return text.replace(/^generator [\s\S]*?^}$/m, '');
}

describe('the schema', () => {
  it('is the one that the newest migration was made from (npm run new-migration makes the next)', () => {
    const newest = readdirSync(join(root, 'migrations')).sort().at(-1);
    const before = readFileSync(join(root, 'migrations', String(newest), 'schema.prisma'), 'utf8');
    expect(withoutGenerator(before)).toBe(withoutGenerator(schema));
  });

  it('describes the tables that the migrations make', async () => {
    const { db } = await testDatabase();
    const described = await describeTables(await databaseOf(schema));
    expect(described.columns.length).toBeGreaterThan(50);
    expect(differences(await describeTables(db), described)).toEqual([]);
  });

  it.each([
    ['a column', 'owner                String', 'owner                String?', '"owner"'],
    ['a default', '@default(0) @map("infrastructure_faults")', '@default(1) @map("infrastructure_faults")', '"infrastructure_faults"'],
    ['an index', '@map("boot_id")\n  pools', '@unique @map("boot_id")\n  pools', 'consumer_boot_id_key'],
    ['what happens to rows that refer to a deleted one', 'onDelete: Restrict', 'onDelete: Cascade', 'ON DELETE CASCADE'],
  ])('is told from another one by %s', async (_what, text, other, difference) => {
    expect(schema).toContain(text);
    const { db } = await testDatabase();
    const found = differences(await describeTables(db), await describeTables(await databaseOf(schema.replace(text, other))));
    expect(found.join('\n')).toContain(difference);
  });
});
