import { type RabbitMq, startRabbitMq } from '@inference/testing';
import { afterAll, beforeAll } from 'vitest';

/** A RabbitMQ for all tests of a file: services name their queues alike, so the tests of two files cannot share one. */
export function sharedRabbitMq(): () => RabbitMq {
  let broker: RabbitMq;
  beforeAll(async () => {
    broker = await startRabbitMq();
  });
  afterAll(() => broker?.close());
  return () => broker;
}
