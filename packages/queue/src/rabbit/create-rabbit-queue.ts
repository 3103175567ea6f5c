import type { ChannelModel } from 'amqplib';
import type { TaskQueue } from '../task-queue.ts';
import { brokerAddress } from './broker-address.ts';
import { BrokerLink } from './broker-link.ts';
import { declarePoolQueues, QUEUE_PREFIX } from './pool-queues.ts';
import type { QueueLog } from './queue-log.ts';
import { RabbitListener } from './rabbit-listener.ts';
import { Ringer } from './ringer.ts';

export type RabbitQueueOptions = {
  /** `amqp://USER:PASSWORD@HOST:PORT/VIRTUAL_HOST`, or `amqps://`. */
  readonly url: string;
  readonly log: QueueLog;
  /** What the names of the queues begin with, before the pool. */
  readonly prefix?: string;
};

/**
 * Rings over RabbitMQ. Returns at once: the connection is made in the background, and made again whenever it breaks. Rings are rejected
 * while there is none; listeners come back by themselves.
 *
 * @throws Error when no RabbitMQ can have this address
 */
export function createRabbitQueue({ url, log, prefix = QUEUE_PREFIX }: RabbitQueueOptions): TaskQueue {
  // One rule for whatever goes wrong on a connection: it ends, and the next one declares, opens and subscribes everything anew.
  const onTrouble = (error: Error) => link.restart(error);
  const ringer = new Ringer(onTrouble);
  const listeners = new Set<RabbitListener>();
  /** The connection that all of them have gone over to. */
  let present: ChannelModel | null = null;
  const link = new BrokerLink(brokerAddress(url), log, async (model) => {
    await declarePoolQueues(model, prefix);
    await ringer.attach(model);
    for (const listener of listeners) await listener.attach(model);
    // In the same turn in which the loop has seen the last listener: later ones find it, and go over by themselves.
    present = model;
    model.once('close', () => {
      present = null;
    });
  });

  return {
    async ring(pool, taskUid) {
      const { health } = link;
      if (!health.ok) throw new Error(health.reason);
      await ringer.ring(`${prefix}${pool}`, taskUid);
    },
    listen(pool, onRing) {
      const listener = new RabbitListener(`${prefix}${pool}`, onRing, { log, onTrouble });
      listeners.add(listener);
      if (present !== null) listener.attach(present).catch(onTrouble);
      return {
        pause: () => listener.pause(),
        resume: () => listener.resume(),
        close: async () => {
          listeners.delete(listener);
          await listener.close();
        },
      };
    },
    health: () => link.health,
    async close() {
      await Promise.all([...listeners].map((listener) => listener.close()));
      listeners.clear();
      await ringer.idle();
      await link.close();
    },
  };
}
