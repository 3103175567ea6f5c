import { type Channel, type ChannelModel, type ConsumeMessage, IllegalOperationError } from 'amqplib';
import type { Listener } from '../task-queue.ts';
import type { QueueLog } from './queue-log.ts';
import { readRing } from './ring-message.ts';
import { within } from './within.ts';

/**
 * One ring at a time: with more, a consumer that has only one slot left would sit on rings that others could follow. As a consumer
 * claims one task after the other, it loses nothing by that.
 */
const PREFETCH = 1;
/** How long the ring under way may take once a listener is closed, in milliseconds; then it goes to somebody else. */
const CLOSE_WAIT_MS = 5_000;
/** Messages that are no rings are logged at most this often, in milliseconds. */
const MALFORMED_LOG_MS = 60_000;

/** Listens to one queue, over whichever connection there is. */
export class RabbitListener implements Listener {
  readonly #queue: string;
  readonly #onRing: (taskUid: string) => Promise<void>;
  readonly #log: QueueLog;
  readonly #onTrouble: (error: Error) => void;
  #wanted = true;
  #closed = false;
  #channel: Channel | null = null;
  /** Names our subscription, where there is one. */
  #tag: string | null = null;
  /** Settles when the subscription is what was wanted last. */
  #settled: Promise<void> = Promise.resolve();
  /** Rings that are being dealt with. */
  readonly #underWay = new Set<Promise<void>>();
  #malformed = 0;
  #malformedLoggedAt = Number.NEGATIVE_INFINITY;

  constructor(
    queue: string,
    onRing: (taskUid: string) => Promise<void>,
    context: { readonly log: QueueLog; readonly onTrouble: (error: Error) => void },
  ) {
    this.#queue = queue;
    this.#onRing = onRing;
    this.#log = context.log;
    this.#onTrouble = context.onTrouble;
  }

  /** Goes over to a new connection. */
  async attach(model: ChannelModel): Promise<void> {
    const channel = await model.createChannel();
    channel.on('error', this.#onTrouble);
    channel.on('close', () => {
      if (this.#channel === channel) this.#channel = null;
    });
    channel.on('handler-error', (error) => this.#log.error({ err: error, queue: this.#queue }, 'a message could not be dealt with'));
    await channel.prefetch(PREFETCH);
    this.#channel = channel;
    this.#tag = null;
    await this.#settle();
  }

  pause(): void {
    this.#want(false);
  }

  resume(): void {
    this.#want(true);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#want(false);
    await within(CLOSE_WAIT_MS, this.#leave());
  }

  async #leave(): Promise<void> {
    await this.#settled;
    await Promise.all(this.#underWay);
    // Goes out after the last acknowledgement, and comes back when RabbitMQ has seen both.
    await this.#channel?.close();
  }

  #want(wanted: boolean): void {
    this.#wanted = wanted && !this.#closed;
    // What fails here ends the channel, and that is told to `onTrouble`.
    this.#settle().catch(() => {});
  }

  /** Subscribes or cancels until that is what is wanted: one step after the other, whatever comes in between. */
  #settle(): Promise<void> {
    const settling = this.#settled.then(() => this.#step());
    this.#settled = settling.catch(() => {});
    return settling;
  }

  async #step(): Promise<void> {
    const channel = this.#channel;
    if (channel === null || this.#wanted === (this.#tag !== null)) return;
    if (this.#tag === null) {
      this.#tag = (await channel.consume(this.#queue, (message) => this.#receive(channel, message))).consumerTag;
    } else {
      await channel.cancel(this.#tag);
      this.#tag = null;
    }
  }

  #receive(channel: Channel, message: ConsumeMessage | null): void {
    const taskUid = message === null ? null : readRing(message.content);
    if (message === null) this.#onTrouble(new Error(`RabbitMQ has ended the subscription to the queue ${this.#queue}`));
    else if (taskUid === null) this.#discard(channel, message);
    else this.#handOver(taskUid, () => acknowledge(channel, message));
  }

  #handOver(taskUid: string, acknowledgeIt: () => void): void {
    const underWay = this.#onRing(taskUid).finally(() => {
      this.#underWay.delete(underWay);
      // After a pause that `onRing` asked for: RabbitMQ hands out the next ring the moment this one is acknowledged.
      acknowledgeIt();
    });
    this.#underWay.add(underWay);
  }

  /** Acknowledged, or it would come again and again. */
  #discard(channel: Channel, message: ConsumeMessage): void {
    acknowledge(channel, message);
    this.#malformed += 1;
    if (performance.now() - this.#malformedLoggedAt < MALFORMED_LOG_MS) return;
    const fields = { queue: this.#queue, bytes: message.content.length, malformed: this.#malformed };
    this.#log.warn(fields, 'a message that is no ring was thrown away: something else writes to this queue');
    this.#malformed = 0;
    this.#malformedLoggedAt = performance.now();
  }
}

function acknowledge(channel: Channel, message: ConsumeMessage): void {
  try {
    channel.ack(message);
  } catch (error) {
    // The connection has ended meanwhile; RabbitMQ hands the ring to somebody else.
    if (!(error instanceof IllegalOperationError)) throw error;
  }
}
