import type { ChannelModel, ConfirmChannel, Message } from 'amqplib';
import { writeRing } from './ring-message.ts';

/** How long a ring may wait for RabbitMQ's word that it has it, in milliseconds. */
const RING_WAIT_MS = 2_000;
/** Rings that may wait for that word at the same time. */
const RINGS_UNDER_WAY_MAX = 1_000;

/** Sends rings, over whichever connection there is. */
export class Ringer {
  readonly #onTrouble: (error: Error) => void;
  #channel: ConfirmChannel | null = null;
  /** The rings that wait for that word, by message id. */
  readonly #underWay = new Map<string, PromiseWithResolvers<void>>();
  #sent = 0;

  constructor(onTrouble: (error: Error) => void) {
    this.#onTrouble = onTrouble;
  }

  /** Goes over to a new connection. */
  async attach(model: ChannelModel): Promise<void> {
    const channel = await model.createConfirmChannel();
    channel.on('error', this.#onTrouble);
    channel.on('return', (message) => this.#returned(message));
    channel.on('close', () => {
      if (this.#channel === channel) this.#channel = null;
    });
    this.#channel = channel;
  }

  /** Resolves when RabbitMQ has the ring in a queue; rejects when there is no such queue, when the connection ends, and after a while. */
  async ring(queue: string, taskUid: string): Promise<void> {
    if (this.#channel === null) throw new Error('RabbitMQ is not connected');
    if (this.#underWay.size >= RINGS_UNDER_WAY_MAX) throw new Error(`more than ${RINGS_UNDER_WAY_MAX} rings wait for RabbitMQ`);
    const messageId = String(++this.#sent);
    const confirmed = Promise.withResolvers<void>();
    const options = { mandatory: true, persistent: true, contentType: 'application/json', messageId };
    this.#channel.publish('', queue, writeRing(taskUid), options, (error: Error | null) => {
      if (error === null) confirmed.resolve();
      else confirmed.reject(error);
    });
    const late = () => confirmed.reject(new Error(`RabbitMQ has not confirmed a ring within ${RING_WAIT_MS} ms`));
    const timer = setTimeout(late, RING_WAIT_MS);
    this.#underWay.set(messageId, confirmed);
    try {
      await confirmed.promise;
    } finally {
      clearTimeout(timer);
      this.#underWay.delete(messageId);
    }
  }

  /** Resolves when no ring waits any more: soon, as none waits for long. */
  async idle(): Promise<void> {
    await Promise.allSettled([...this.#underWay.values()].map(({ promise }) => promise));
  }

  /** An unroutable message is returned first, and confirmed all the same. */
  #returned({ fields, properties }: Message): void {
    const gone = new Error(`the queue ${fields.routingKey} does not exist any more`);
    this.#underWay.get(String(properties.messageId))?.reject(gone);
    // The next connection makes it anew.
    this.#onTrouble(gone);
  }
}
