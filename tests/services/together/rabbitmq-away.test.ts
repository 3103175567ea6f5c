// RabbitMQ only wakes consumers: without it everything goes on, a little later.

import { setTimeout as wait } from 'node:timers/promises';
import { has, type RabbitMq } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { medianOf, postConstantly, slowest } from './post-constantly.ts';
import type { Service } from './service.ts';
import { ringing, type Services, services, startAll } from './services.ts';
import { sharedRabbitMq } from './shared-rabbitmq.ts';
import { allEnded, type History, numberFrom, postNumbered } from './tasks.ts';

/** How long RabbitMQ is away, and how long it hangs, in milliseconds. */
const AWAY_MS = 60_000;
const HUNG_MS = 15_000;
/** Between two POSTs, in milliseconds. */
const EVERY_MS = 400;
/** Of POSTs, in milliseconds: if they had to wait for a ring, and RabbitMQ hangs, each would take 2 seconds. */
const POST_MS = { median: 1_000, most: 5_000 };
/** Idle consumers ask by themselves every 10 seconds; a task that found one idle starts within this, in milliseconds. */
const UNRUNG_START_MS_MAX = 20_000;
/** A task that was rung for starts within this, in milliseconds. Several in a row do not have such luck without rings. */
const RUNG_START_MS_MAX = 3_000;
const RUNG_TASKS = 10;

/** How long each task waited for its first attempt, in milliseconds, by the database's clock. */
function waitsOf(tasks: History): number[] {
  return tasks.map(({ createdAt, attempts }) => (attempts[0]?.startedAt.getTime() ?? Number.POSITIVE_INFINITY) - createdAt.getTime());
}

function expectOnce(tasks: History): void {
  expect(tasks.filter(({ state, attempts }) => state !== 'succeeded' || attempts.length !== 1)).toEqual([]);
}

/** Posts one task after the other to idle consumers; answers how long the slowest waited for its start, in milliseconds. */
async function slowestRungStart(own: Services, relay: Service): Promise<number> {
  const before = await own.db.task.count();
  for (let number = 0; number < RUNG_TASKS; number++) await numberFrom(relay, await postNumbered(relay, number));
  return Math.max(...waitsOf((await allEnded(own.db)).slice(before)));
}

describe.skipIf(!has('rabbitmq') || !has('bubblewrap'))('while RabbitMQ', () => {
  const shared = sharedRabbitMq();

  /** Posts all the time while something happens to RabbitMQ, and answers what became of the posts and tasks of that time. */
  async function load(own: Services, relays: readonly Service[], happens: (broker: RabbitMq) => Promise<void>) {
    const posting = postConstantly(relays, EVERY_MS);
    await happens(shared());
    const posts = await posting.stop();
    const tasks = await allEnded(own.db);
    expect(posts.filter(({ status }) => status !== 200)).toEqual([]);
    expect(tasks.map(({ uid }) => uid).sort()).toEqual(posts.map(({ uid }) => uid).sort());
    return { posts, tasks };
  }

  it('is stopped for a minute, tasks are accepted and run; afterwards none is lost or was run twice, and rings work again', async () => {
    const own = await services({ rabbitUrl: shared().url });
    const { privateApis, publicApis, consumers } = await startAll(own, { privateApis: 2, publicApis: 2, consumers: 2 });
    const { posts, tasks } = await load(own, publicApis, async (broker) => {
      await wait(2_000);
      await broker.stop();
      await wait(AWAY_MS);
      await broker.start();
      await Promise.all([...privateApis, ...consumers].map((service) => ringing(service)));
    });
    const longest = Math.max(...waitsOf(tasks));
    process.stdout.write(
      `RabbitMQ away for ${AWAY_MS / 1000} s: ${posts.length} tasks, slowest POST ${slowest(posts)} ms, longest wait for a start ${longest} ms\n`,
    );
    expect(posts.length).toBeGreaterThan(AWAY_MS / EVERY_MS / 2);
    expect(medianOf(posts)).toBeLessThan(POST_MS.median);
    expect(slowest(posts)).toBeLessThan(POST_MS.most);
    expect(longest).toBeLessThan(UNRUNG_START_MS_MAX);
    expectOnce(tasks);
    const rung = await slowestRungStart(own, publicApis[0]!);
    process.stdout.write(`after it is back: slowest start ${rung} ms\n`);
    expect(rung).toBeLessThan(RUNG_START_MS_MAX);
    expect(await own.stop()).toEqual([0, 0, 0, 0, 0, 0]);
  }, 300_000);

  it('hangs, with its connections open, tasks are accepted and run all the same', async () => {
    const own = await services({ rabbitUrl: shared().url });
    const { privateApis, publicApis, consumers } = await startAll(own, { privateApis: 1, publicApis: 1, consumers: 2 });
    const { posts, tasks } = await load(own, publicApis, async (broker) => {
      await wait(1_000);
      broker.freeze();
      await wait(HUNG_MS);
      broker.thaw();
      await Promise.all([...privateApis, ...consumers].map((service) => ringing(service)));
    });
    const longest = Math.max(...waitsOf(tasks));
    process.stdout.write(
      `RabbitMQ hung for ${HUNG_MS / 1000} s: ${posts.length} tasks, slowest POST ${slowest(posts)} ms, longest wait for a start ${longest} ms\n`,
    );
    expect(medianOf(posts)).toBeLessThan(POST_MS.median);
    expect(slowest(posts)).toBeLessThan(POST_MS.most);
    expect(longest).toBeLessThan(UNRUNG_START_MS_MAX);
    expectOnce(tasks);
    expect(await slowestRungStart(own, publicApis[0]!)).toBeLessThan(RUNG_START_MS_MAX);
  }, 180_000);
});
