import { AppError } from '@inference/domain';
import type { Deps } from '../deps.ts';
import { type Actor, insertAudit } from '../store/audit-store.ts';
import { deleteConsumer } from '../store/consumer-store.ts';

/** Forgets a consumer, for an operator: the next key that says hello in its name gets it. What it runs, it runs on. */
export async function forgetConsumer(deps: Deps, consumerId: string, by: Actor): Promise<void> {
  await deps.db.$transaction(async (tx) => {
    const consumer = await deleteConsumer(tx, consumerId);
    if (consumer === null) throw new AppError('not_found', 'There is no consumer with this id. GET /api/v1/consumers lists them.');
    await insertAudit(tx, by, { action: 'consumer.forgotten', subject: consumerId, detail: { owner: consumer.owner } });
  });
}
