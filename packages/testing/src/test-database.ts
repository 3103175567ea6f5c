import { randomBytes } from 'node:crypto';
import { type Connection, connect, type Database } from '@inference/database';
import pg from 'pg';
import { inject, onTestFinished } from 'vitest';
import { TEMPLATE } from './global-setup.ts';

/** A fresh, migrated database of its own for the running test; it is dropped when the test ends. */
export async function testDatabase(): Promise<{ db: Database; connection: Connection }> {
  const server = inject('postgres');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asAdmin(server, `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
  const connection = { ...server, database: name };
  const db = connect(connection);
  onTestFinished(async () => {
    await db.$disconnect();
    await asAdmin(server, `DROP DATABASE ${name} WITH (FORCE)`);
  });
  return { db, connection };
}

/** A fresh database with nothing in it, not even the tables; it is dropped when the test ends. */
export async function emptyDatabase(): Promise<Connection> {
  const server = inject('postgres');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await asAdmin(server, `CREATE DATABASE ${name}`);
  onTestFinished(() => asAdmin(server, `DROP DATABASE ${name} WITH (FORCE)`));
  return { ...server, database: name };
}

async function asAdmin(server: Connection, statement: string): Promise<void> {
  const admin = new pg.Client(server);
  await admin.connect();
  try {
    await admin.query(statement);
  } finally {
    await admin.end();
  }
}
