// Services that are told to stop while they have something to do, as an upgrade or a restart of the machine does.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { has, until } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { type Platform, platform, startAll } from './platform.ts';
import type { ServiceProcess } from './service-process.ts';
import { sharedRabbitMq } from './shared-rabbitmq.ts';
import { slowUpload } from './slow-upload.ts';
import { allEnded, endings, numberFrom, postNumbered, running } from './tasks.ts';

const ONE_EACH = { privateApis: 1, publicApis: 1, consumers: 1, slots: 2 };
/** What a drained consumer may run on for, and what it may take beyond that to hand back and end, in seconds. */
const DRAIN_SECONDS = 2;
const HAND_BACK_SECONDS = 10;
/** A task that no drain waits for, in seconds. */
const LONG = 12;

/** Resolves when a service has begun to stop. */
async function stopping(service: ServiceProcess): Promise<void> {
  await until(`${service.name} to stop`, () => service.lines().some(({ msg }) => String(msg).startsWith('stopping')));
}

async function takesConnections(service: ServiceProcess): Promise<boolean> {
  return await fetch(`${service.url}/livez`).then(
    () => true,
    () => false,
  );
}

/** The part of an upload that has arrived. */
async function arriving(site: Platform): Promise<void> {
  await until('the upload to arrive', async () => (await readdir(join(site.filesFolder, 'tmp'))).length > 0);
}

describe.skipIf(!has('rabbitmq') || !has('bubblewrap'))('told to stop', () => {
  const broker = sharedRabbitMq();

  it.each(['public-api', 'private-api'] as const)(
    'a %s finishes an upload that is under way, takes no new one, and ends well',
    async (name) => {
      const site = await platform({ rabbitUrl: broker().url });
      const { privateApis, publicApis } = await startAll(site, ONE_EACH);
      const relay = publicApis[0]!;
      const service = name === 'public-api' ? relay : privateApis[0]!;
      const upload = await slowUpload(relay, 7);
      await arriving(site);

      service.signal('SIGTERM');
      await stopping(service);
      expect(await takesConnections(service)).toBe(false);
      const answer = await upload.finish();
      expect(answer.status, answer.text).toBe(200);
      expect(await service.exited()).toBe(0);

      service.startAgain();
      await service.ready();
      expect(await numberFrom(relay, JSON.parse(answer.text))).toBe(7);
      expect(endings(await allEnded(site.db))).toEqual(['succeed']);
    },
    120_000,
  );

  it('a private API ends well while tasks run, and they end right', async () => {
    const site = await platform({ rabbitUrl: broker().url });
    const { privateApis, publicApis } = await startAll(site, ONE_EACH);
    const [api, relay] = [privateApis[0]!, publicApis[0]!];
    const uids = await Promise.all([postNumbered(relay, 1, 2), postNumbered(relay, 2, 4), postNumbered(relay, 3)]);
    await running(site.db, 2);
    api.signal('SIGTERM');
    expect(await api.exited()).toBe(0);
    api.startAgain();
    await api.ready();
    for (const [index, uid] of uids.entries()) expect(await numberFrom(relay, uid)).toBe(index + 1);
    expect(endings(await allEnded(site.db))).toEqual(['succeed', 'succeed', 'succeed']);
  }, 120_000);

  it('a consumer lets short tasks end and hands long ones back, which end right after its restart and cost the task nothing', async () => {
    const site = await platform({ rabbitUrl: broker().url });
    const { publicApis, consumers } = await startAll(site, { ...ONE_EACH, consumers: 0 });
    expect(consumers).toEqual([]);
    const relay = publicApis[0]!;
    const consumer = await site.consumer(site.services[0]!, { PROCESS_SLOTS: '2', DRAIN_SECONDS: String(DRAIN_SECONDS) }).ready();
    const [short, long] = [await postNumbered(relay, 1, 1), await postNumbered(relay, 2, LONG)];
    await running(site.db, 2);
    const waiting = await postNumbered(relay, 3);

    const beganMs = performance.now();
    consumer.signal('SIGTERM');
    expect(await consumer.exited((DRAIN_SECONDS + HAND_BACK_SECONDS) * 1000)).toBe(0);
    expect(performance.now() - beganMs).toBeGreaterThan(DRAIN_SECONDS * 1000);
    const states = await site.db.task.findMany({ orderBy: { id: 'asc' }, select: { state: true, infrastructureFaults: true } });
    expect(states).toEqual([
      { state: 'succeeded', infrastructureFaults: 0 },
      { state: 'queued', infrastructureFaults: 0 },
      { state: 'queued', infrastructureFaults: 0 },
    ]);

    // Told a second time, as by an impatient Ctrl-C, it hands back at once what it would have waited for.
    consumer.startAgain({ DRAIN_SECONDS: '600' });
    await until('the long task to run again', async () => (await site.db.attempt.count({ where: { number: 2, endedAt: null } })) === 1);
    consumer.signal('SIGINT');
    await stopping(consumer);
    consumer.signal('SIGINT');
    expect(await consumer.exited(HAND_BACK_SECONDS * 1000)).toBe(0);

    consumer.startAgain();
    for (const [index, uid] of [short, long, waiting].entries()) expect(await numberFrom(relay, uid)).toBe(index + 1);
    const tasks = await allEnded(site.db);
    expect(endings(tasks)).toEqual(['succeed', 'hand_back hand_back succeed', 'succeed']);
    expect(tasks.map(({ infrastructureFaults }) => infrastructureFaults)).toEqual([0, 0, 0]);
    expect(await site.stop()).toEqual([0, 0, 0]);
  }, 180_000);
});
