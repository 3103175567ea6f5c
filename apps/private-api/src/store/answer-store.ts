import type { Tx } from '@inference/database';

/** Answers when the database does. */
export async function answer(tx: Tx): Promise<void> {
  await tx.$queryRaw`SELECT 1`;
}
