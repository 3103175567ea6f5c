// Services that are killed in the middle of their work, without any warning.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { has, until } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { aMarker, livingProcesses } from '../../../packages/runtime/src/testing/living-processes.ts';
import { postConstantly } from './post-constantly.ts';
import type { Service } from './service.ts';
import { type Services, services, startAll } from './services.ts';
import { sharedRabbitMq } from './shared-rabbitmq.ts';
import { allEnded, endings, numberFrom, postNumbered, running } from './tasks.ts';

/** A lease ends after 6 looks, 5 seconds apart, the first of which may come at once; a busy machine looks later. In milliseconds. */
const LEASE_MS = { least: 20_000, most: 60_000 };
/** Sooner than any lease could have run out, in milliseconds. */
const AT_ONCE_MS = 15_000;
/** How long a private API is away, in milliseconds: less than a lease lasts. */
const AWAY_MS = 5_000;
/** How long a model takes while which something is killed: longer than a busy machine needs to see that it runs. */
const MODEL_SECONDS = 8;
/** What happens while a private API is away takes so long at most, in milliseconds. */
const AWAY_LIMIT_MS = 60_000;
/** Between two POSTs, in milliseconds. */
const EVERY_MS = 400;

/** The id under which the database knows a consumer. */
function idOf(consumer: Service): string {
  return String(consumer.logged('consumerId'));
}

/** The tasks that a consumer has in its hands now. */
async function heldBy(own: Services, consumer: Service): Promise<string[]> {
  const held = await own.db.attempt.findMany({ where: { endedAt: null, consumerId: idOf(consumer) }, include: { task: true } });
  return held.map(({ task }) => task.uid).sort();
}

/** The tasks that were lost and run again, by whom, and how long after a moment they were begun again, in milliseconds. */
function lost(tasks: Awaited<ReturnType<typeof allEnded>>, sinceMs: number) {
  return tasks
    .filter(({ attempts }) => attempts.length > 1)
    .map(({ uid, attempts }) => ({ uid, by: attempts.at(-1)?.consumerId, afterMs: (attempts.at(-1)?.startedAt.getTime() ?? 0) - sinceMs }));
}

describe.skipIf(!has('rabbitmq') || !has('bubblewrap'))('in the middle of tasks', () => {
  const shared = sharedRabbitMq();

  it('a consumer is killed: its tasks end on others once its lease is over, or at once when it comes back', async () => {
    const own = await services({ rabbitUrl: shared().url });
    const { publicApis, consumers } = await startAll(own, { privateApis: 1, publicApis: 1, consumers: 3, slots: 2 });
    const [relay, victim, other] = [publicApis[0]!, consumers[0]!, consumers[1]!];
    const marker = `7.${aMarker()}`;
    const post = (number: number) => postNumbered(relay, number, Number(marker));
    const uids = await Promise.all(Array.from({ length: 6 }, (_, number) => post(number)));
    await running(own.db, 6);
    const heldByVictim = await heldBy(own, victim);
    expect(heldByVictim).toHaveLength(2);

    await victim.kill();
    const killedMs = Date.now();
    const firstTasks = await allEnded(own.db);
    expect(endings(firstTasks).sort()).toEqual(['lost succeed', 'lost succeed', 'succeed', 'succeed', 'succeed', 'succeed']);
    const lostFirst = lost(firstTasks, killedMs);
    expect(lostFirst.map(({ uid }) => uid).sort()).toEqual(heldByVictim);
    for (const { by, afterMs } of lostFirst) {
      expect(by).not.toBe(idOf(victim));
      expect(afterMs).toBeGreaterThan(LEASE_MS.least);
      expect(afterMs).toBeLessThan(LEASE_MS.most);
    }
    for (const [number, uid] of uids.entries()) expect(await numberFrom(relay, uid)).toBe(number);
    expect(await livingProcesses(marker)).toEqual([]);

    // It takes its folder again, where its attempts still lie, and works.
    const attempts = join(String(victim.logged('workFolder')), 'attempts');
    expect(await readdir(attempts)).not.toEqual([]);
    victim.startAgain();
    await victim.ready();
    expect(await readdir(attempts)).toEqual([]);

    const more = await Promise.all(Array.from({ length: 6 }, (_, number) => post(number)));
    await running(own.db, 6);
    const heldByOther = await heldBy(own, other);
    await other.kill();
    const againMs = Date.now();
    other.startAgain();
    const lostAgain = lost((await allEnded(own.db)).slice(uids.length), againMs);
    expect(lostAgain.map(({ uid }) => uid).sort()).toEqual(heldByOther);
    for (const { afterMs } of lostAgain) expect(afterMs).toBeLessThan(AT_ONCE_MS);
    for (const [number, uid] of more.entries()) expect(await numberFrom(relay, uid)).toBe(number);
    expect(await own.stop()).toEqual([0, 0, 0, 0, 0]);
  }, 240_000);

  it('a consumer is killed with a whole output that nobody could take: it reports it when it is back, and nothing is run again', async () => {
    const own = await services({ rabbitUrl: shared().url });
    const { privateApis, publicApis, consumers } = await startAll(own, { privateApis: 1, publicApis: 1, consumers: 1 });
    const [api, relay, victim] = [privateApis[0]!, publicApis[0]!, consumers[0]!];
    const uid = await postNumbered(relay, 5, MODEL_SECONDS);
    const folder = join(String(victim.logged('workFolder')), 'attempts', `${uid}-1`);
    const staged = async () => {
      const names = await readdir(folder, { recursive: true }).catch((): string[] => []);
      return names.includes('input/number.txt') && !names.includes('input.zip');
    };
    await until('its input to be there', staged);
    await api.kill();
    const stage = async () => JSON.parse(await readFile(join(folder, 'attempt.json'), 'utf8').catch(() => '{}')).stage?.kind;
    await until('its end to be noted', async () => (await stage()) === 'ended', AWAY_LIMIT_MS);
    await victim.kill();
    api.startAgain();
    victim.startAgain();
    await victim.ready();
    expect(endings(await allEnded(own.db))).toEqual(['succeed']);
    await relay.ready();
    expect(await numberFrom(relay, uid)).toBe(5);
    expect(victim.output).not.toContain('the task is run again');
    await until('its folder to be gone', async () => !(await readdir(join(folder, '..'))).includes(`${uid}-1`));
    expect(await own.stop()).toEqual([0, 0, 0]);
  }, 120_000);

  it('a private API is killed: the other one serves, and its relay and consumer go on once it is back', async () => {
    const own = await services({ rabbitUrl: shared().url });
    const { privateApis, publicApis } = await startAll(own, { privateApis: 2, publicApis: 2, consumers: 2, slots: 3 });
    const [victim, relayOfVictim, otherRelay] = [privateApis[0]!, publicApis[0]!, publicApis[1]!];
    const posting = postConstantly(publicApis, EVERY_MS, 1);
    await until('some tasks to have ended', async () => (await own.db.task.count({ where: { state: 'succeeded' } })) >= 4);

    await victim.kill();
    const killedMs = performance.now();
    await until('the relay to notice', async () => (await relayOfVictim.component('private-api'))?.state === 'failed');
    await wait(AWAY_MS);
    const backMs = performance.now();
    victim.startAgain();
    await victim.ready();
    await until('a POST through its relay to be accepted', () =>
      posting.posts.some(({ atMs, relay, uid }) => atMs > backMs && relay === relayOfVictim && uid !== null),
    );
    await relayOfVictim.ready();
    const posts = await posting.stop();

    const through = (relay: Service) => posts.filter((post) => post.relay === relay);
    expect(through(otherRelay).filter(({ status }) => status !== 200)).toEqual([]);
    const meanwhile = through(relayOfVictim).filter(({ atMs }) => atMs > killedMs && atMs < backMs);
    expect(meanwhile.length).toBeGreaterThan(2);
    for (const { status, retryAfter } of meanwhile) expect([status, retryAfter]).toEqual([503, '5']);
    expect(through(relayOfVictim).filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);

    const tasks = await allEnded(own.db);
    expect(endings(tasks).filter((ending) => ending !== 'succeed')).toEqual([]);
    const accepted = posts.flatMap(({ uid }) => uid ?? []);
    const known = new Set(tasks.map(({ uid }) => uid));
    expect(accepted.filter((uid) => !known.has(uid))).toEqual([]);
    for (const { uid, number } of posts) if (uid !== null) expect(await numberFrom(relayOfVictim, uid)).toBe(number);
    expect(await own.stop()).toEqual([0, 0, 0, 0, 0, 0]);
  }, 180_000);
});
