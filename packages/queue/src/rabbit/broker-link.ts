import type { Socket } from 'node:net';
import { type ChannelModel, connect, type RecoveringChannelModel } from 'amqplib';
import type { QueueHealth } from '../task-queue.ts';
import type { BrokerAddress } from './broker-address.ts';
import type { QueueLog } from './queue-log.ts';
import { retryDelayMs } from './retry-delay.ts';
import { within } from './within.ts';

/** How long a connection may take to come about, in milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000;
/** How long RabbitMQ may take to say goodbye, in milliseconds. */
const GOODBYE_MS = 2_000;
/** A connection that ends sooner, in milliseconds, counts as a try that failed: what breaks it must not make us hurry. */
const STABLE_MS = 10_000;

/**
 * The connection to RabbitMQ. It is made by amqplib's recovery, again and again, for as long as it takes; each new one is set up before
 * it is used. What changes is logged once.
 */
export class BrokerLink {
  readonly #address: BrokerAddress;
  readonly #log: QueueLog;
  readonly #setUp: (model: ChannelModel) => Promise<void>;
  readonly #recovering: Promise<RecoveringChannelModel>;
  /** The present connection, from its first moment to its last. */
  #model: ChannelModel | null = null;
  #health: QueueHealth;
  #closing: Promise<void> | null = null;
  #connectedAt = 0;
  /** Connections in a row that ended before they were stable. */
  #shortLives = 0;

  constructor(address: BrokerAddress, log: QueueLog, setUp: (model: ChannelModel) => Promise<void>) {
    this.#address = address;
    this.#log = log;
    this.#setUp = setUp;
    this.#health = { ok: false, reason: `RabbitMQ at ${address.name} is not connected yet; trying.` };
    this.#recovering = this.#start();
  }

  get health(): QueueHealth {
    return this.#health;
  }

  /** Ends the present connection, because something on it went wrong; the next one is made anew. */
  restart(reason: Error): void {
    if (this.#model !== null) socketOf(this.#model).destroy(reason);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#health = { ok: false, reason: 'The connection to RabbitMQ was closed.' };
    const recovering = await this.#recovering;
    const model = this.#model;
    await within(GOODBYE_MS, recovering.close());
    // A frozen RabbitMQ says no goodbye, and one that blocks us does not even notice that we went.
    if (model !== null) socketOf(model).destroy(new Error('closed'));
  }

  async #start(): Promise<RecoveringChannelModel> {
    const recovering = await connect(this.#address.url, {
      // Without it, each small message waits 40 ms for company.
      noDelay: true,
      timeout: CONNECT_TIMEOUT_MS,
      recovery: {
        waitForConnect: false,
        calculateDelay: (attempt) => retryDelayMs(attempt + this.#shortLives, Math.random()),
        setup: (model: ChannelModel) => this.#begin(model),
      },
    });
    // Nothing is done on `connect`: amqplib takes an error thrown there for a lost connection, and goes round in circles.
    recovering.on('disconnect', (error) => {
      this.#shortLives = performance.now() - this.#connectedAt < STABLE_MS ? this.#shortLives + 1 : 0;
      this.#away(error);
    });
    recovering.on('connect-failed', (error) => this.#away(error));
    // Both events come with the ones above.
    recovering.on('error', () => {});
    recovering.on('handler-error', (error) => this.#log.error({ err: error }, 'a handler of RabbitMQ events failed'));
    return recovering;
  }

  async #begin(model: ChannelModel): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      model.once('close', () => {
        this.#model = null;
        resolve();
      });
    });
    // amqplib listens only to what is set up, and an error that nobody listens to ends the process.
    model.on('error', () => {});
    model.on('blocked', (reason) => this.#blocked(reason));
    model.on('unblocked', () => this.#usable());
    this.#model = model;
    try {
      await this.#setUp(model);
      // It may have ended after its last answer: amqplib would hold on to it for ever.
      if (this.#model !== model) throw new Error('the connection ended while it was set up');
    } catch (error) {
      // amqplib would wait for a goodbye that a frozen RabbitMQ never says.
      this.restart(error as Error);
      await ended;
      throw error;
    }
    this.#connectedAt = performance.now();
    this.#usable();
  }

  #usable(): void {
    if (this.#closing !== null) return;
    this.#health = { ok: true };
    this.#log.info({ broker: this.#address.name }, 'RabbitMQ is there and takes rings');
  }

  #blocked(reason: string): void {
    this.#trouble(`RabbitMQ at ${this.#address.name} takes no rings now (${reason}); waiting.`);
  }

  #away(error: Error): void {
    // Where a name has several addresses, the error has no text of its own.
    const why = error.message || (error as NodeJS.ErrnoException).code || error.name;
    this.#trouble(`RabbitMQ at ${this.#address.name} cannot be used (${why}); trying again.`);
  }

  #trouble(reason: string): void {
    if (this.#closing !== null || (!this.#health.ok && this.#health.reason === reason)) return;
    this.#health = { ok: false, reason };
    this.#log.warn({ broker: this.#address.name }, reason);
  }
}

/** amqplib ends connections by asking politely; this is for when nobody answers. */
function socketOf(model: ChannelModel): Socket {
  return (model.connection as unknown as { stream: Socket }).stream;
}
