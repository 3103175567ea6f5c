import { AppError } from '@inference/domain';
import type { Deps } from '../deps.ts';
import type { Actor } from '../store/audit-store.ts';

/**
 * Forgets a consumer, for an operator: the next key that says hello in its name gets it. What it runs, it runs on; but its devices count as
 * free, so this is for a machine that is gone, or whose containers are.
 */
export async function forgetConsumer(deps: Deps, consumerId: string, by: Actor): Promise<void> {
  await deps.store.transaction(async (tx) => {
    const consumer = await tx.deleteConsumer(consumerId);
    if (consumer === null) throw new AppError('not_found', 'There is no consumer with this id. GET /api/v1/consumers shows them.');
    await tx.endDevicesOf(consumerId);
    await tx.insertAudit(by, { action: 'consumer.forgotten', subject: consumerId, detail: { owner: consumer.owner } });
  });
}
