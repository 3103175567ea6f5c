// What becomes of tasks when a service is told to stop and started again, as an upgrade does. How each service stops is in start-and-stop.test.ts.

import { has } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { services, startAll } from './services.ts';
import { sharedRabbitMq } from './shared-rabbitmq.ts';
import { allEnded, endings, numberFrom, postNumbered, running } from './tasks.ts';

const ONE_EACH = { privateApis: 1, publicApis: 1, consumers: 1, slots: 2 };
/** What a drained consumer may run on for, and what it may take beyond that to hand back and end, in seconds. */
const DRAIN_SECONDS = 8;
const HAND_BACK_SECONDS = 10;
/** A task that no drain waits for, in seconds. */
const LONG = 25;

describe.skipIf(!has('rabbitmq') || !has('bubblewrap'))('told to stop', () => {
  const broker = sharedRabbitMq();

  it('a private API ends well while tasks run, and they end right', async () => {
    const own = await services({ rabbitUrl: broker().url });
    const { privateApis, publicApis } = await startAll(own, ONE_EACH);
    const [api, relay] = [privateApis[0]!, publicApis[0]!];
    const uids = await Promise.all([postNumbered(relay, 1, 2), postNumbered(relay, 2, 4), postNumbered(relay, 3)]);
    await running(own.db, 2);
    api.signal('SIGTERM');
    expect(await api.exited()).toBe(0);
    api.startAgain();
    await api.ready();
    for (const [index, uid] of uids.entries()) expect(await numberFrom(relay, uid)).toBe(index + 1);
    expect(endings(await allEnded(own.db))).toEqual(['succeed', 'succeed', 'succeed']);
  }, 120_000);

  it('a consumer lets short tasks end and hands long ones back, which end right after its restart and cost the task nothing', async () => {
    const own = await services({ rabbitUrl: broker().url });
    const { privateApis, publicApis } = await startAll(own, { ...ONE_EACH, consumers: 0 });
    const relay = publicApis[0]!;
    const consumer = await own.consumer(privateApis[0]!, { PROCESS_SLOTS: '2', DRAIN_SECONDS: String(DRAIN_SECONDS) }).ready();
    const [short, long] = [await postNumbered(relay, 1, 3), await postNumbered(relay, 2, LONG)];
    await running(own.db, 2);
    const waiting = await postNumbered(relay, 3);

    const beganMs = performance.now();
    consumer.signal('SIGTERM');
    expect(await consumer.exited((DRAIN_SECONDS + HAND_BACK_SECONDS) * 1000)).toBe(0);
    expect(performance.now() - beganMs).toBeGreaterThan(DRAIN_SECONDS * 1000);
    const states = await own.db.task.findMany({ orderBy: { id: 'asc' }, select: { state: true, infrastructureFaults: true } });
    expect(states).toEqual([
      { state: 'succeeded', infrastructureFaults: 0 },
      { state: 'queued', infrastructureFaults: 0 },
      { state: 'queued', infrastructureFaults: 0 },
    ]);

    consumer.startAgain();
    for (const [index, uid] of [short, long, waiting].entries()) expect(await numberFrom(relay, uid)).toBe(index + 1);
    const tasks = await allEnded(own.db);
    expect(endings(tasks)).toEqual(['succeed', 'hand_back succeed', 'succeed']);
    expect(tasks.map(({ infrastructureFaults }) => infrastructureFaults)).toEqual([0, 0, 0]);
    expect(await own.stop()).toEqual([0, 0, 0]);
  }, 180_000);
});
