import { setTimeout as pause } from 'node:timers/promises';
import { until } from '@inference/testing';
import { connect } from 'amqplib';
import { must } from '../must.ts';
import type { Row } from '../row.ts';
import type { Client } from '../stage/client.ts';
import { ringing, type Stage } from '../stage/stage.ts';

const QUEUE = 'is.pool.process';
/** Consumers ask by themselves every 10 seconds; a busy machine takes longer to run what they get. In milliseconds. */
const BY_POLL_MS = 15_000;
const TEN_MINUTES_MS = 600_000;
/** What may lie in a queue that others can reach. */
const GARBAGE = ['', 'no json', '{}', '{"version":0,"taskUid":"x"}', '{"version":1,"taskUid":7}', 'x'.repeat(100_000)];

export const brokerKilled: Row = {
  name: 'broker-killed',
  isQuick: true,
  numbers: [11],
  fault: 'RabbitMQ killed with rings that it has not confirmed, and started again',
  required: 'every task starts within 15 s',
  targetMs: 15_000,
  async play(stage) {
    const { wire, settings } = await stage.wireToRabbit();
    const { client } = await stage.trio({ api: settings });
    const held = wire.holdAt(/"taskUid":"/, 'answered');
    const sent = [await client.send(), await client.send(), await client.send()];
    await until('a ring', held.isReached);
    await stage.rabbit.stop('SIGKILL');
    held.release();
    sent.push(await client.send());
    await stage.rabbit.start();
    const atMs = performance.now();
    for (const one of sent) await client.result(one);
    return { recoveredMs: await client.nextResult(atMs), found: 'All ran, those without a ring by the poll of idle consumers.' };
  },
};

export const brokerWiped: Row = {
  name: 'broker-wiped',
  numbers: [12],
  fault: 'queues of RabbitMQ purged, then deleted, then all of its data wiped',
  required: 'queues are declared anew; every task ends',
  targetMs: 15_000,
  async play(stage) {
    const { api, consumer, client } = await stage.trio();
    let slowestMs = 0;
    const { control } = stage.rabbit;
    for (const orders of [[['purge_queue', QUEUE]], [['delete_queue', QUEUE]], [['stop_app'], ['reset'], ['start_app']]]) {
      const sent = [await client.send({ seconds: 1 }), await client.send({ seconds: 1 }), await client.send()];
      for (const order of orders) await control(...order);
      const atMs = performance.now();
      for (const one of sent) await client.result(one);
      slowestMs = Math.max(slowestMs, await client.nextResult(atMs));
    }
    await Promise.all([api, consumer].map(ringing));
    return { recoveredMs: slowestMs, found: 'All ran, and both services were connected again.' };
  },
};

export const brokerAway: Row = {
  name: 'broker-away',
  numbers: [13],
  fault: 'RabbitMQ away for 10 minutes',
  required: 'tasks are accepted, and run by poll with at most 10 s more',
  targetMs: 15_000,
  async play(stage) {
    const { client } = await stage.trio();
    const awayMs = stage.absenceMs(TEN_MINUTES_MS, 30_000);
    await stage.rabbit.stop('SIGKILL');
    const slowestMs = await slowestWhile(client, awayMs);
    await stage.rabbit.start();
    const recoveredMs = await client.nextResult(performance.now());
    must(slowestMs < BY_POLL_MS, `tasks run within ${BY_POLL_MS / 1000} s meanwhile (${Math.round(slowestMs)} ms)`);
    return { recoveredMs, found: `Away for ${awayMs / 1000} s: the slowest task took ${(slowestMs / 1000).toFixed(1)} s.` };
  },
};

export const brokerBlocked: Row = {
  name: 'broker-blocked',
  numbers: [14],
  fault: 'memory alarm of RabbitMQ: it takes nothing more from publishers, for 20 s',
  required: 'tasks are accepted, and run by poll',
  targetMs: 15_000,
  async play(stage) {
    const { client } = await stage.trio();
    await stage.rabbit.control('set_vm_memory_high_watermark', 'absolute', '1');
    const slowestMs = await slowestWhile(client, 20_000);
    await stage.rabbit.control('set_vm_memory_high_watermark', '0.4');
    const recoveredMs = await client.nextResult(performance.now());
    must(slowestMs < BY_POLL_MS, `tasks run within ${BY_POLL_MS / 1000} s meanwhile (${Math.round(slowestMs)} ms)`);
    return { recoveredMs, found: `The slowest task took ${(slowestMs / 1000).toFixed(1)} s meanwhile.` };
  },
};

export const ringsDoubled: Row = {
  name: 'rings-doubled',
  isQuick: true,
  numbers: [15],
  fault: 'every ring comes three times, the later ones in reverse order, between garbage and messages of other versions',
  required: 'one attempt each; the consumer lives, and no garbage is left',
  async play(stage) {
    const { client, consumer } = await stage.trio();
    const sent = [];
    for (let count = 0; count < 20; count++) sent.push(await client.send());
    await flood(stage, sent.map(({ id }) => JSON.stringify({ version: 1, taskUid: id })).reverse());
    for (const one of sent) must((await client.result(one)).attempts.length === 1, 'each has one attempt');
    must(consumer.runs, 'the consumer lives');
    await client.nextResult(performance.now());
    const isEmpty = async () => /^is\.pool\.process\s+0$/m.test(await stage.rabbit.control('list_queues', 'name', 'messages'));
    await until('the queue to be empty', isEmpty, 30_000);
    return { found: 'One attempt each; the queue was empty in the end.' };
  },
};

/** Sends a task after the other for so long; answers how long the slowest took. */
async function slowestWhile(client: Client, forMs: number): Promise<number> {
  const endMs = performance.now() + forMs;
  let slowestMs = 0;
  while (performance.now() < endMs) {
    const startMs = performance.now();
    await client.result(await client.send());
    slowestMs = Math.max(slowestMs, performance.now() - startMs);
    await pause(1_000);
  }
  return slowestMs;
}

async function flood({ rabbit }: Stage, rings: readonly string[]): Promise<void> {
  const connection = await connect(rabbit.url, { noDelay: true });
  const channel = await connection.createConfirmChannel();
  for (const text of [...GARBAGE, ...rings, ...GARBAGE, ...rings]) channel.sendToQueue(QUEUE, Buffer.from(text));
  await channel.waitForConfirms();
  await connection.close();
}
