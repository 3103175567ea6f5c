import type { Tx } from '@inference/database';

/** The channel over which private APIs tell each other which tasks changed. */
export const NEWS_CHANNEL = 'task_news';

/** Sends messages over the channel. News that a crash of the database loses harms nobody, so its commit does not wait for the disk. */
export async function sendNews(tx: Tx, messages: readonly string[]): Promise<void> {
  await tx.$queryRaw`
    SELECT set_config('synchronous_commit', 'off', true), pg_notify(${NEWS_CHANNEL}, message)::text FROM unnest(${messages}::text[]) AS message`;
}
