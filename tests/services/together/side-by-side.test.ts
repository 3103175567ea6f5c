// Several of each service at the same time, on one database, one RabbitMQ and one folder of files.

import { has } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { services, startAll } from './services.ts';
import { sharedRabbitMq } from './shared-rabbitmq.ts';
import { allEnded, numberFrom, postNumbered } from './tasks.ts';

const TASKS = 200;
/** Posted at the same time. */
const CLIENTS = 8;
/** A fifth of the fair share of three consumers. */
const LEAST = 13;

describe.skipIf(!has('rabbitmq') || !has('bubblewrap'))('two private APIs, two relays and three consumers', () => {
  const broker = sharedRabbitMq();

  it(`run each of ${TASKS} tasks once, share them among all consumers, and answer for every task at both relays`, async () => {
    const own = await services({ rabbitUrl: broker().url });
    const { publicApis } = await startAll(own, { privateApis: 2, publicApis: 2, consumers: 3 });
    const uids: string[] = [];
    const numbers = Array.from({ length: TASKS }, (_, number) => number).values();
    const client = async () => {
      for (const number of numbers) uids[number] = await postNumbered(publicApis[number % 2]!, number);
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    expect(new Set(uids).size).toBe(TASKS);

    const tasks = await allEnded(own.db);
    expect(tasks.map(({ uid }) => uid).sort()).toEqual([...uids].sort());
    expect(tasks.filter(({ state }) => state !== 'succeeded')).toEqual([]);
    const attempts = tasks.flatMap((task) => task.attempts);
    expect(attempts.map(({ number }) => number)).toEqual(Array.from({ length: TASKS }, () => 1));
    const shares = Object.values(Object.groupBy(attempts, ({ consumerId }) => consumerId)).map((of) => of?.length ?? 0);
    expect(shares).toHaveLength(3);
    expect(Math.min(...shares), `the consumers ran ${shares.join(', ')} tasks`).toBeGreaterThanOrEqual(LEAST);
    for (const relay of publicApis) {
      for (const [number, uid] of uids.entries()) expect(await numberFrom(relay, uid)).toBe(number);
    }
    expect(await own.stop()).toEqual(Array.from({ length: 7 }, () => 0));
  }, 240_000);
});
