import { type RabbitMq, startRabbitMq } from '@inference/testing/start-rabbitmq';

/** One RabbitMQ for the rows of a run, which is made anew after a row that failed: that may have left anything. */
export class RabbitAtHand implements AsyncDisposable {
  #rabbit: RabbitMq | null = null;

  async take(): Promise<RabbitMq> {
    this.#rabbit ??= await startRabbitMq();
    return this.#rabbit;
  }

  async discard(): Promise<void> {
    const rabbit = this.#rabbit;
    this.#rabbit = null;
    await rabbit?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.discard();
  }
}
