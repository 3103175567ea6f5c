import type { ConsumerInfo } from '@inference/contracts';
import type { Deps } from '../deps.ts';
import { listAbandoned } from '../store/attempt-store.ts';
import type { Actor } from '../store/audit-store.ts';
import { upsertConsumer } from '../store/consumer-store.ts';
import { expireLease } from './expire-lease.ts';
import { foreignConsumer } from './foreign-consumer.ts';
import { registerFolderModels } from './register-folder-models.ts';

/**
 * Notes what a consumer is and can, the models in its folders included. What its earlier boots held has no holder any more and is tried again
 * at once. Its name belongs to the owner of the key that says hello first.
 *
 * @throws AppError `forbidden` where the name is another owner's; then nothing changes
 */
export async function greetConsumer(deps: Deps, consumer: ConsumerInfo, by: Actor): Promise<void> {
  const noted = await upsertConsumer(deps.db, { ...consumer, owner: by.owner });
  if (noted === null) throw foreignConsumer(consumer.consumerId);
  const { isNewBoot } = noted;
  const taken = await registerFolderModels(deps, consumer.folderModels, { by, isStart: isNewBoot });
  // Once, not with each of its greetings.
  if (isNewBoot && taken.length > 0) {
    const { consumerId } = consumer;
    deps.log.warn({ consumerId, taken }, 'folder models of a consumer are not served: container models have their ids already');
  }
  for (const lease of await listAbandoned(deps.db, consumer.consumerId, consumer.bootId)) await expireLease(deps, lease);
}
