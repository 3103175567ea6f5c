import { POOLS, type Pool } from '@inference/domain';
import type { ChannelModel } from 'amqplib';
import { RINGS_WAITING_MAX } from '../task-queue.ts';
import { RING_BYTES_MAX } from './ring-message.ts';

/**
 * A ring that was handed out so often without an acknowledgement is dropped. RabbitMQ 4 has this limit by default, 3.x has none: said
 * here, both do the same.
 */
const DELIVERIES_MAX = 20;
/** RabbitMQ's code for "this exists, but not like that". */
const PRECONDITION_FAILED = 406;

/** What every side declares alike: with other arguments for an existing queue, RabbitMQ refuses. */
const POOL_QUEUE = {
  durable: true,
  arguments: {
    'x-queue-type': 'quorum',
    'x-max-length': RINGS_WAITING_MAX,
    'x-max-length-bytes': RINGS_WAITING_MAX * RING_BYTES_MAX,
    'x-overflow': 'drop-head',
    'x-delivery-limit': DELIVERIES_MAX,
  },
} as const;

/** Prefix of the names of our queues. */
export const QUEUE_PREFIX = 'is.pool.';

/** Makes the queue of each pool where it does not exist yet. */
export async function declarePoolQueues(model: ChannelModel, prefix: string): Promise<void> {
  const channel = await model.createChannel();
  // The refusal comes with the call that caused it.
  channel.on('error', () => {});
  for (const pool of POOLS) await declare(`${prefix}${pool}`);
  await channel.close();

  async function declare(name: `${string}${Pool}`): Promise<void> {
    try {
      await channel.assertQueue(name, POOL_QUEUE);
    } catch (error) {
      if ((error as { code?: unknown }).code !== PRECONDITION_FAILED) throw error;
      const advice = `Delete it, and it is made anew: rabbitmqctl delete_queue ${name}. No task is lost by that.`;
      throw new Error(`the queue ${name} exists with other settings than it must have. ${advice}`, { cause: error });
    }
  }
}
