import { connect } from '@inference/database';
import { testDatabase, until } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { translateError } from './translate-error.ts';

const codeOf = (work: Promise<unknown>) => work.then(() => 'no error').catch((error: unknown) => translateError(error)?.code);

/** A database, and what ends all sessions of it as a restart of the server does. */
async function setup() {
  const { db, connection } = await testDatabase();
  const admin = connect(connection);
  onTestFinished(() => admin.$disconnect());
  const sessions = () => admin.$queryRaw<{ pid: number; state: string; wait: string | null }[]>`
    SELECT pid, state, wait_event AS wait FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`;
  const endSessions = () => admin.$queryRaw`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`;
  return { db, connection, sessions, endSessions };
}

describe('a database that', () => {
  it('ends a session in the middle of a statement, is unavailable, and then there again', async () => {
    const { db, sessions, endSessions } = await setup();
    const plain = codeOf(db.$queryRaw`SELECT pg_sleep(60)`);
    const inTransaction = codeOf(db.$transaction((tx) => tx.$executeRaw`SELECT pg_sleep(60)`));
    await until('both at work', async () => (await sessions()).filter(({ wait }) => wait === 'PgSleep').length === 2);
    await endSessions();
    expect([await plain, await inTransaction]).toEqual(['unavailable', 'unavailable']);
    expect(await codeOf(db.task.count())).toBe('no error');
  });

  it('ends a session between two statements of a transaction is unavailable', async () => {
    const { db, sessions, endSessions } = await setup();
    const ended = Promise.withResolvers<void>();
    const work = codeOf(
      db.$transaction(async (tx) => {
        await tx.task.count();
        await ended.promise;
        await tx.task.count();
      }),
    );
    await until('the transaction', async () => (await sessions()).some(({ state }) => state === 'idle in transaction'));
    await endSessions();
    await until('its end', async () => (await sessions()).length === 0);
    ended.resolve();
    expect(await work).toBe('unavailable');
  });

  it.each([
    ['a port where nothing listens', { host: '127.0.0.1', port: 1 }],
    ['a name that is not known', { host: 'postgres.invalid' }],
    ['a socket that is not there', { host: '/nonexistent' }],
  ])('is looked for at %s is unavailable', async (_what, place) => {
    const { connection } = await setup();
    const db = connect({ ...connection, ...place });
    expect(await codeOf(db.$queryRaw`SELECT 1`)).toBe('unavailable');
    expect(await codeOf(db.task.count())).toBe('unavailable');
    expect(await codeOf(db.$transaction((tx) => tx.$queryRaw`SELECT 1`))).toBe('unavailable');
    await db.$disconnect();
  });

  it('is given a wrong statement is not: that is a fault of ours', async () => {
    const { db } = await setup();
    expect(await codeOf(db.$executeRaw`SELECT 1 / 0`)).toBeUndefined();
  });
});
