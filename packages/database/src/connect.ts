import { PrismaPg } from '@prisma/adapter-pg';
import type { PoolConfig } from 'pg';
import { PrismaClient } from './generated/client.ts';

export type Database = PrismaClient;
/** What a statement runs on: the database, or a transaction of it. */
export type Tx = Pick<Database, '$queryRaw' | '$executeRaw' | 'task' | 'model' | 'attempt' | 'event' | 'consumer' | 'setting'>;

/** Where the database is: host (a folder for a unix socket), port, user and database. */
export type Connection = Pick<PoolConfig, 'host' | 'port' | 'user' | 'password' | 'database' | 'ssl'>;

/** Sessions that one process opens to the database at most. */
const SESSIONS_MAX = 20;
/** How long a caller waits for a session, in milliseconds, before the database counts as unavailable. */
export const CONNECT_TIMEOUT_MS = 10_000;

/** Opens the database. Nothing is sent before the first statement. */
export function connect(connection: Connection): Database {
  const adapter = new PrismaPg({ ...connection, max: SESSIONS_MAX, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  return new PrismaClient({ adapter, transactionOptions: { maxWait: CONNECT_TIMEOUT_MS, timeout: 30_000 } });
}
