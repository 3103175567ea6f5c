// Without its database nothing can be accepted; whatever runs goes on, and is reported once the database is back.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { has, until } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { ownPostgres } from '../own-postgres.ts';
import { postConstantly, slowest } from './post-constantly.ts';
import { services, startAll } from './services.ts';
import { sharedRabbitMq } from './shared-rabbitmq.ts';
import { allEnded, endings, numberFrom, postNumbered, running } from './tasks.ts';

/** How long the database is away, in milliseconds. */
const AWAY_MS = 20_000;
/** Between two POSTs, in milliseconds. */
const EVERY_MS = 400;
/** No POST may be kept waiting longer, in milliseconds: a client is told soon that it should come back later. */
const POST_MS_MAX = 3_000;
/** In seconds: one task that ends while the database is away, and one that runs through all of it. */
const ENDS_MEANWHILE = 12;
const RUNS_THROUGH = 30;

describe.skipIf(!has('rabbitmq') || !has('bubblewrap'))('while Postgres is stopped', () => {
  const broker = sharedRabbitMq();

  it('POSTs are refused with 503, and what was accepted before runs on and is reported afterwards', async () => {
    const postgres = await ownPostgres();
    const own = await services({ rabbitUrl: broker().url, connection: postgres.connection });
    // Both private APIs find an empty database, and make its tables.
    const { privateApis, publicApis } = await startAll(own, { privateApis: 2, publicApis: 2, consumers: 2, slots: 2 });
    const relay = publicApis[0]!;
    const long = [await postNumbered(relay, 1000, ENDS_MEANWHILE), await postNumbered(relay, 1001, RUNS_THROUGH)];
    await running(own.db, 2);
    const posting = postConstantly(publicApis, EVERY_MS);
    await until('some tasks to have ended', async () => (await own.db.task.count({ where: { state: 'succeeded' } })) >= 4);

    const stopsMs = performance.now();
    await postgres.stop();
    const awayMs = performance.now();
    await wait(AWAY_MS);
    for (const api of privateApis) expect((await api.component('database'))?.state).toBe('failed');
    const backMs = performance.now();
    await postgres.start();
    await Promise.all(privateApis.map((api) => api.ready()));
    const readyMs = performance.now();
    await until('a POST to be accepted again', () => posting.posts.some(({ atMs, uid }) => atMs > readyMs && uid !== null));
    const posts = await posting.stop();

    const meanwhile = posts.filter(({ atMs }) => atMs > awayMs && atMs < backMs - POST_MS_MAX);
    process.stdout.write(`Postgres away for ${AWAY_MS / 1000} s: slowest POST ${slowest(posts)} ms\n`);
    expect(meanwhile.length).toBeGreaterThan(10);
    for (const { status, retryAfter } of meanwhile) expect([status, retryAfter]).toEqual([503, '5']);
    expect(slowest(posts)).toBeLessThan(POST_MS_MAX);
    expect(posts.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);

    const tasks = await allEnded(own.db);
    expect(endings(tasks).filter((ending) => ending !== 'succeed')).toEqual([]);
    for (const [index, uid] of long.entries()) expect(await numberFrom(relay, uid)).toBe(1000 + index);
    for (const { uid, number } of posts) if (uid !== null) expect(await numberFrom(relay, uid)).toBe(number);
    // A POST that was under way when the database went may have put its input in its place: without a row, which only the sweep may tell.
    const orphans = (await readdir(join(own.filesFolder, 'inputs'))).length - tasks.length;
    const cut = posts.filter(({ atMs, tookMs, status }) => status === 503 && atMs < awayMs && atMs + tookMs > stopsMs).length;
    expect(orphans).toBeLessThanOrEqual(cut);
    expect(await readdir(join(own.filesFolder, 'tmp'))).toEqual([]);
    expect(await readdir(join(own.filesFolder, 'outputs'))).toHaveLength(tasks.length);
    expect(await own.stop()).toEqual([0, 0, 0, 0, 0, 0]);
  }, 240_000);
});
