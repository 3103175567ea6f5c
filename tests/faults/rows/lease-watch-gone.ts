import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '@inference/testing';
import { must } from '../must.ts';
import type { Row } from '../row.ts';

export const leaseWatchGone: Row = {
  name: 'lease-watch-gone',
  numbers: [44],
  fault: 'of two private APIs, which both watch the leases, one is frozen and thaws, then is killed; then a consumer is lost',
  required: 'no lease expires too early; the other private API gives the task of the lost consumer to another one within 45 s',
  targetMs: 45_000,
  async play(stage) {
    const first = await stage.privateApi().ready();
    const second = await stage.privateApi().ready();
    const [relay, consumer] = await Promise.all([stage.relay(second).ready(), stage.consumer(second).ready()]);
    const client = stage.client(relay);
    const frozenMs = stage.absenceMs(60_000, 40_000);
    const long = await client.send({ seconds: frozenMs / 1000 + 20 });
    await client.startOf(long);
    first.signal('SIGSTOP');
    await pause(frozenMs);
    first.signal('SIGCONT');
    must((await client.result(long)).attempts.length === 1, 'a renewed lease does not expire');
    await first.kill();
    const sent = await client.send({ seconds: 5 });
    await client.startOf(sent);
    await stage.consumer(second, { WORK_DIR: join(stage.folder, 'other') }).ready();
    await consumer.kill();
    const atMs = performance.now();
    await until('another attempt', async () => (await client.task(sent)).attempts.length === 2, 180_000);
    return { recoveredMs: performance.now() - atMs, found: 'There is no leader to be lost: the other one had counted along.' };
  },
};
