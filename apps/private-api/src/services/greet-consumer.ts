import type { ConsumerInfo } from '@inference/contracts';
import type { Deps } from '../deps.ts';
import { listAbandoned } from '../store/attempt-store.ts';
import { upsertConsumer } from '../store/consumer-store.ts';
import { expireLease } from './expire-lease.ts';
import { settleGpuTasks } from './settle-gpu-tasks.ts';

/** Notes what a consumer is and can. What its earlier boots held has no holder any more and is tried again at once. */
export async function greetConsumer(deps: Deps, consumer: ConsumerInfo): Promise<void> {
  await upsertConsumer(deps.db, consumer);
  for (const lease of await listAbandoned(deps.db, consumer.consumerId, consumer.bootId)) await expireLease(deps, lease);
  await settleGpuTasks(deps, deps.db);
}
