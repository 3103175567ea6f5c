import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { POOLS } from '@inference/domain';
import { connect as connectBroker } from 'amqplib';
import { inject, onTestFinished } from 'vitest';
import { REFUSED } from './offer-rabbitmq.ts';

/** The RabbitMQ of the test run, and what the names of the queues of one test begin with. */
export type TestRabbitMq = { readonly url: string; readonly prefix: string };

/** The RabbitMQ that tests share, with queues of its own for the running test; they are deleted when it ends. */
export async function testRabbitMq(): Promise<TestRabbitMq> {
  const url = await text(connect(inject('rabbitMqSocket')));
  if (url.startsWith(REFUSED)) throw new Error(url);
  const prefix = `test.${randomBytes(6).toString('hex')}.`;
  onTestFinished(async () => {
    const connection = await connectBroker(url, { noDelay: true });
    const channel = await connection.createChannel();
    for (const pool of POOLS) await channel.deleteQueue(`${prefix}${pool}`);
    await connection.close();
  });
  return { url, prefix };
}
