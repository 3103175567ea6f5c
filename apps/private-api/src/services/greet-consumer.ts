import type { ConsumerInfo, HelloAnswer } from '@inference/contracts';
import type { Deps } from '../deps.ts';
import type { Actor } from '../store/audit-store.ts';
import { expireLease } from './expire-lease.ts';
import { foreignConsumer } from './foreign-consumer.ts';
import { registerFolderModels } from './register-folder-models.ts';

/**
 * Notes what a consumer is and can, the models in its folders included. What its earlier boots held becomes this boot's where it holds it
 * still; all else has no holder any more and is tried again at once. Its name belongs to the owner of the key that says hello first.
 *
 * @throws AppError `forbidden` where the name is another owner's; then nothing changes
 */
export async function greetConsumer(deps: Deps, consumer: ConsumerInfo, by: Actor): Promise<HelloAnswer> {
  const noted = await deps.store.upsertConsumer({ ...consumer, owner: by.owner });
  if (noted === null) throw foreignConsumer(consumer.consumerId);
  const { isNewBoot } = noted;
  const taken = await registerFolderModels(deps, consumer.folderModels, { by, isStart: isNewBoot });
  // Once, not with each of its greetings.
  if (isNewBoot && taken.length > 0) {
    const { consumerId } = consumer;
    deps.log.warn({ consumerId, taken }, 'folder models of a consumer are not served: container models have their ids already');
  }
  if (consumer.gone.length > 0) await deps.store.endGoneDevices(consumer.consumerId, consumer.gone);
  if (consumer.holding.length > 0) await deps.store.takeOver(consumer);
  for (const lease of await deps.store.listAbandoned(consumer.consumerId, consumer.bootId)) await expireLease(deps, lease);
  return { leftovers: await deps.store.listLeftovers(consumer) };
}
