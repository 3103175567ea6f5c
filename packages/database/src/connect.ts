import { PrismaPg } from '@prisma/adapter-pg';
import type { PoolConfig } from 'pg';
import { PrismaClient } from './generated/client.ts';

export type Database = PrismaClient;
/** What a statement runs on: the database, or a transaction of it. */
export type Tx = Pick<Database, '$queryRaw' | '$executeRaw' | 'task' | 'model' | 'attempt' | 'event' | 'consumer' | 'setting'>;

/** Where the database is: host (a folder for a unix socket), port, user and database. */
export type Connection = Pick<PoolConfig, 'host' | 'port' | 'user' | 'password' | 'database' | 'ssl'>;

/** Sessions that one process opens to the database at most; a Postgres takes 100 unless its admin says otherwise. */
export const SESSIONS_MAX = 20;
/** How long a caller waits for a session, in milliseconds, before the database counts as unavailable. */
export const CONNECT_TIMEOUT_MS = 10_000;
/** A statement without an answer for so long, in milliseconds, means that the database is away, even if its connection stands. */
const ANSWER_TIMEOUT_MS = 30_000;
/** A transaction may take so long, in milliseconds. */
const TRANSACTION_TIMEOUT_MS = 30_000;
/** The server ends a transaction whose process says nothing for so long, in milliseconds: it holds locks that others wait for. */
const IDLE_TRANSACTION_MS = 60_000;

/** Different statements that get a name; the services have about 60. */
const NAMED_MAX = 200;

/** Opens the database. Nothing is sent before the first statement; sessions that break are made anew. */
export function connect(connection: Connection): Database {
  const options = {
    ...connection,
    max: SESSIONS_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_MS,
    keepAlive: true,
  };
  const adapter = new PrismaPg(options, { statementNameGenerator: nameStatements() });
  return new PrismaClient({ adapter, transactionOptions: { maxWait: CONNECT_TIMEOUT_MS, timeout: TRANSACTION_TIMEOUT_MS } });
}

/**
 * Names statements by their text, so that each session has Postgres read and plan a statement once and not every time. Where the text
 * varies from call to call there are no more names at some point: the sessions would gather plans without end.
 */
function nameStatements(): (query: { readonly sql: string }) => string {
  const names = new Map<string, string>();
  return ({ sql }) => {
    const known = names.get(sql);
    if (known !== undefined) return known;
    if (names.size >= NAMED_MAX) return '';
    const name = `s${names.size}`;
    names.set(sql, name);
    return name;
  };
}
