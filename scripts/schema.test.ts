// prisma/schema.prisma, from which the client is made, and the migrations, from which databases are made, must say the same.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Connection, connect, type Database } from '@inference/database';
import { emptyDatabase, testDatabase } from '@inference/testing';
import pg from 'pg';
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

/** A database whose tables are made from the schema alone, by Prisma's engine. */
async function databaseOf(text: string): Promise<Database> {
  const connection = await emptyDatabase();
  await run(connection, await schemaDifference(connection, '', text));
  const db = connect(connection);
  onTestFinished(() => db.$disconnect());
  return db;
}

async function run(connection: Connection, script: string): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    await client.query(script);
  } finally {
    await client.end();
  }
}

describe('the schema', () => {
  it('is the one that the newest migration was made from (npm run new-migration makes the next)', () => {
    const newest = readdirSync(join(root, 'migrations')).sort().at(-1);
    expect(readFileSync(join(root, 'migrations', String(newest), 'schema.prisma'), 'utf8')).toBe(schema);
  });

  it('describes the tables that the migrations make', async () => {
    const { db } = await testDatabase();
    const [migrated, described] = [await describeTables(db), await describeTables(await databaseOf(schema))];
    expect(described.columns.length).toBeGreaterThan(50);
    expect(migrated.columns).toEqual(described.columns);
    expect(migrated.keys).toEqual(described.keys);
    // The migrations may have more: partial indexes are nothing that a schema can say.
    expect(migrated.indexes).toEqual(expect.arrayContaining(described.indexes));
  });

  it('is told from another one by a column, a default or a key', async () => {
    const { db } = await testDatabase();
    const migrated = await describeTables(db);
    for (const [text, other] of [
      ['owner                String', 'owner                String?'],
      ['@default(0) @map("infrastructure_faults")', '@default(1) @map("infrastructure_faults")'],
      ['seenAt   DateTime', 'seenOn   DateTime @unique'],
    ] as const) {
      expect(schema).toContain(text);
      expect(await describeTables(await databaseOf(schema.replace(text, other)))).not.toMatchObject({
        columns: migrated.columns,
        keys: migrated.keys,
      });
    }
  });
});
