import { setTimeout as pause } from 'node:timers/promises';
import { type Connection, connect, type Database } from '@inference/database';
import { until } from '@inference/testing';

/** Postgres takes 100; one Database opens 20 at most. */
const DATABASES = 6;
const SESSIONS = 20;
const TAKEN_LEAST = 95;
const AGAIN_MS = 20;
const KEEP_MS = 1_000;

/** Takes every session of a Postgres, those of others included, until `release`. @param db one that keeps its own session */
export async function takeAllSessions(db: Database, connection: Connection): Promise<{ release(): Promise<void> }> {
  const taken = async () =>
    (
      await db.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND pid <> pg_backend_pid()`
    )[0]?.count ?? 0;
  await taken();
  let isOver = false;
  const databases = Array.from({ length: DATABASES }, () => connect(connection));
  const hold = async (one: Database) => {
    while (!isOver) {
      await one.$queryRaw`SELECT pg_sleep(600)`.catch(() => {});
      await pause(AGAIN_MS);
    }
  };
  const holding = databases.flatMap((one) => Array.from({ length: SESSIONS }, () => hold(one)));
  await until('all sessions to be taken', async () => {
    await db.$queryRaw`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE backend_type = 'client backend' AND query NOT LIKE 'SELECT pg_sleep%' AND pid <> pg_backend_pid()`;
    return (await taken()) >= TAKEN_LEAST;
  });
  // A session that nobody uses is closed, and there would be no other.
  const kept = setInterval(() => void taken().catch(() => {}), KEEP_MS);
  return {
    release: async () => {
      isOver = true;
      clearInterval(kept);
      await db.$queryRaw`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND pid <> pg_backend_pid()`;
      await Promise.all(holding);
      for (const one of databases) await one.$disconnect();
    },
  };
}
