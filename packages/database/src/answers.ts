import type { Database } from './connect.ts';

/** Asks the database for a sign of life; rejects when there is none. */
export async function answers(db: Database): Promise<void> {
  await db.$queryRaw`SELECT 1`;
}
