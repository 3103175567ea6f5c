import { type Connection, connect, type Database } from '@inference/database';
import { newId, systemClock } from '@inference/domain';
import { createLog } from '@inference/service';
import { FakeClock, testDatabase, until } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createPostgresStore } from '../create-postgres-store.ts';
import { createSharedNews } from './create-shared-news.ts';

const NEVER = new AbortController().signal;
const LONG_MS = 60_000;

/** The news of one of several private APIs of a database. */
async function openNews(connection: Connection) {
  const db = connect(connection);
  const lines: string[] = [];
  const log = createLog({ level: 'info', destination: { write: (line: string) => void lines.push(line) } });
  const news = createSharedNews({ store: createPostgresStore(db), connection, clock: systemClock, newId, log });
  onTestFinished(async () => {
    await news.close();
    await db.$disconnect();
  });
  return { ...news, db, lines };
}

async function twoOfThem() {
  const { db, connection } = await testDatabase();
  const [one, other] = await Promise.all([openNews(connection), openNews(connection)]);
  await until('both to listen', async () => (await listeners(db)).length === 2);
  return { db, one, other };
}

function listeners(db: Database) {
  return db.$queryRaw<{ pid: number }[]>`
    SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN "task_news"' AND state = 'idle'`;
}

/** Ends every session that listens; answers once they are gone. */
async function cut(db: Database) {
  const old = await listeners(db);
  for (const { pid } of old) await db.$queryRaw`SELECT pg_terminate_backend(${pid})`;
  return old.map(({ pid }) => pid);
}

describe('news of tasks among private APIs', () => {
  it('wakes who waits for the task, here and elsewhere, and nobody else', async () => {
    const { one, other } = await twoOfThem();
    const [task, strange] = [newId(), newId()];
    let woken = 0;
    void other.changed(strange, { signal: NEVER, timeoutMs: LONG_MS }).then(() => woken++);
    const waits = [one, other].map((each) => each.changed(task, { signal: NEVER, timeoutMs: LONG_MS }));
    one.tell(task);
    await Promise.all(waits);
    expect(woken).toBe(0);
  });

  it('brings news of thousands of tasks at once', async () => {
    const { one, other } = await twoOfThem();
    const tasks = Array.from({ length: 5_000 }, () => newId());
    const waits = tasks.map((task) => other.changed(task, { signal: NEVER, timeoutMs: LONG_MS }));
    for (const task of tasks) one.tell(task);
    await Promise.all(waits);
  });

  it('ends a wait at its time limit and when it is aborted', async () => {
    const { one } = await twoOfThem();
    const aborter = new AbortController();
    const wait = one.changed(newId(), { signal: aborter.signal, timeoutMs: LONG_MS });
    aborter.abort();
    await wait;
    await one.changed(newId(), { signal: aborter.signal, timeoutMs: LONG_MS });
    await one.changed(newId(), { signal: NEVER, timeoutMs: 5 });
  });

  it('has everybody look when the session that listens breaks, and hears again once it is made anew', async () => {
    const { db, one, other } = await twoOfThem();
    const task = newId();
    const broken = other.changed(task, { signal: NEVER, timeoutMs: LONG_MS });
    const since = performance.now();
    const old = await cut(db);
    await broken;
    // Sooner than the look that it would have taken anyway.
    expect(performance.now() - since).toBeLessThan(8_000);
    await until('the news to be heard again', async () => {
      const now = await listeners(db);
      return now.length === 2 && now.every(({ pid }) => !old.includes(pid));
    });
    const wait = other.changed(task, { signal: NEVER, timeoutMs: LONG_MS });
    one.tell(task);
    await wait;
    expect(other.lines.join()).toContain('news of tasks cannot be heard');
  });

  it('looks every two seconds where it cannot listen, and sends what it could not send later', async () => {
    const { connection } = await testDatabase();
    const db = connect(connection);
    const clock = new FakeClock();
    const away = { ...connection, port: 1, host: '127.0.0.1' };
    const log = createLog({ level: 'silent' });
    const deaf = createSharedNews({ store: createPostgresStore(db), connection: away, clock, newId, log });
    const hearing = await openNews(connection);
    onTestFinished(async () => {
      await deaf.close();
      await db.$disconnect();
    });
    const wait = deaf.changed(newId(), { signal: NEVER, timeoutMs: LONG_MS });
    clock.advance(2_000);
    await wait;
    await until('the other to listen', async () => (await listeners(db)).length === 1);
    const task = newId();
    const heard = hearing.changed(task, { signal: NEVER, timeoutMs: LONG_MS });
    deaf.tell(task);
    clock.advance(20);
    await heard;
  });
});
