import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { PrismaClient } from './generated/client.ts';
import { plainStatements } from './plain-statements.ts';

/** What a statement runs on: the database, or a transaction of it. */
export type Tx = Pick<PrismaClient, 'task' | 'model' | 'attempt' | 'event' | 'consumer' | 'setting'> & {
  /** Runs written-out SQL and answers its rows: `bigint` columns as BigInt, times as Date. */
  $queryRaw<Rows>(strings: TemplateStringsArray, ...values: readonly unknown[]): Promise<Rows>;
  /** Runs written-out SQL and answers how many rows it changed. */
  $executeRaw(strings: TemplateStringsArray, ...values: readonly unknown[]): Promise<number>;
};

export type Database = Tx & {
  /** Runs statements that take effect together, or not at all. */
  $transaction<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result>;
  $disconnect(): Promise<void>;
};

/** Where the database is: host (a folder for a unix socket), port, user and database. */
export type Connection = Pick<pg.PoolConfig, 'host' | 'port' | 'user' | 'password' | 'database' | 'ssl'>;

/** Sessions that one process opens to the database at most; a Postgres takes 100 unless its admin says otherwise. */
export const SESSIONS_MAX = 20;
/** How long a caller waits for a session, in milliseconds, before the database counts as unavailable. */
export const CONNECT_TIMEOUT_MS = 10_000;
/** A statement without an answer for so long, in milliseconds, means that the database is away, even if its connection stands. */
const ANSWER_TIMEOUT_MS = 25_000;
/** A transaction may take so long, in milliseconds. */
const TRANSACTION_TIMEOUT_MS = 30_000;
/** The server ends a transaction whose process says nothing for so long, in milliseconds: it holds locks that others wait for. */
const IDLE_TRANSACTION_MS = 60_000;

export type ConnectOptions = {
  /** A statement without an answer for so long, in milliseconds, counts as failed; tests cannot wait for the usual time. */
  readonly answerTimeoutMs?: number;
};

/** Different statements that get a name; the services have about 60. */
const NAMED_MAX = 200;

/**
 * Opens the database. Nothing is sent before the first statement; sessions that break are made anew. Written-out SQL outside of
 * transactions goes straight to the driver (docs/decisions/0008): nearly every request is one such statement.
 */
export function connect(connection: Connection, { answerTimeoutMs = ANSWER_TIMEOUT_MS }: ConnectOptions = {}): Database {
  const pool = new pg.Pool({
    ...connection,
    max: SESSIONS_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: answerTimeoutMs,
    idle_in_transaction_session_timeout: IDLE_TRANSACTION_MS,
    keepAlive: true,
  });
  // A session that breaks while nobody uses it is dropped; the next statement says what is wrong, if it still is.
  pool.on('error', () => {});
  pool.on('release', (_error, client) => endInTransaction(client));
  const nameOf = nameStatements();
  const adapter = new PrismaPg(pool, { statementNameGenerator: ({ sql }) => nameOf(sql) });
  const prisma = new PrismaClient({ adapter, transactionOptions: { maxWait: CONNECT_TIMEOUT_MS, timeout: TRANSACTION_TIMEOUT_MS } });
  const { task, model, attempt, event, consumer, setting } = prisma;
  return {
    ...{ task, model, attempt, event, consumer, setting },
    ...plainStatements(pool, nameOf),
    $transaction: (work) => prisma.$transaction(work),
    $disconnect: async () => {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}

/**
 * Ends a session that comes back to the pool inside a transaction: its ROLLBACK was never sent, as it waited behind a statement without
 * an answer. Whatever ran on that session later would look done and never be committed. The pool asks us before it keeps a session.
 */
function endInTransaction(client: pg.PoolClient): void {
  const status = client.getTransactionStatus();
  if (status === 'T' || status === 'E') void client.end();
}

/**
 * Names statements by their text, so that each session has Postgres read and plan a statement once and not every time. Where the text
 * varies from call to call there are no more names at some point: the sessions would gather plans without end.
 */
function nameStatements(): (sql: string) => string {
  const names = new Map<string, string>();
  return (sql) => {
    const known = names.get(sql);
    if (known !== undefined) return known;
    if (names.size >= NAMED_MAX) return '';
    const name = `s${names.size}`;
    names.set(sql, name);
    return name;
  };
}
