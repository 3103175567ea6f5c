import { must } from '../must.ts';
import type { Row } from '../row.ts';

const TASKS = 30;

export const everythingKilled: Row = {
  name: 'everything-killed',
  isQuick: true,
  numbers: [48],
  fault: 'relay, private API, consumer, Postgres and RabbitMQ killed at the same moment while tasks wait and run, and started again',
  required: 'every accepted task ends; ready within 60 s',
  targetMs: 60_000,
  async play(stage) {
    const { api, relay, consumer, client } = await stage.trio();
    const { postgres, rabbit } = stage;
    for (let count = 0; count < TASKS; count++) await client.send({ seconds: count % 3 });
    await Promise.all([api.kill(), relay.kill(), consumer.kill(), postgres.kill(), rabbit.stop('SIGKILL')]);
    const atMs = performance.now();
    // In any order: each waits for what it needs.
    for (const service of [consumer, relay, api]) service.start();
    await Promise.all([rabbit.start(), postgres.start()]);
    const recoveredMs = await client.nextResult(atMs);
    for (const sent of client.accepted.values()) await client.result(sent);
    must(client.accepted.size === TASKS + 1, 'all of them were accepted');
    return { recoveredMs, found: 'All ended right.' };
  },
};
