import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import type { ClaimedAttempt, RenewReply } from '@inference/contracts';
import { newId, systemClock } from '@inference/domain';
import { CONSUMER_KEY, controlPlaneHarness, givenTask, type ServedApi, servePrivateApi } from '@inference/private-api/testing';
import { createLog } from '@inference/service';
import { testFolder, until } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LeaseKeeper } from './lease-keeper.ts';
import { openControlPlane } from './testing/open-control-plane.ts';
import { tcpProxy } from './testing/tcp-proxy.ts';

const EVERY_MS = 50;
const RENEWALS = 10;
const CLAIM = { consumerId: 'c1', bootId: 'b1', pools: ['docker-cpu'] } as const;

async function setup() {
  let api: ServedApi | null = null;
  const platform = await controlPlaneHarness(async (deps) => {
    api = await servePrivateApi(deps);
    return openControlPlane(api.url);
  });
  const served = api as unknown as ServedApi;
  const { uid } = await platform.givenTask();
  const claimed = (await platform.control.claim({
    claimId: newId(),
    consumerId: 'c1',
    bootId: 'b1',
    pools: ['docker-cpu'],
  })) as ClaimedAttempt;
  const { taskUid, attempt, token } = claimed;
  const heartbeat = async () => (await platform.rows(uid)).attempts[0]?.heartbeat ?? 0;
  return { ...platform, served, lease: { taskUid, attempt, token }, uid, heartbeat };
}

function keeperFor(url: string) {
  const workers: Worker[] = [];
  const lines: string[] = [];
  const note = (worker: Worker) => void workers.push(worker);
  process.on('worker', note);
  const log = createLog({ level: 'info', destination: { write: (line: string) => void lines.push(line) } });
  const keeper = new LeaseKeeper({ url, key: CONSUMER_KEY, clock: systemClock, log });
  onTestFinished(async () => {
    process.off('worker', note);
    await keeper.close();
  });
  return { keeper, workers, lines };
}

describe('a kept lease', () => {
  it('is renewed while the main thread of its consumer is busy', async () => {
    const { served, lease, heartbeat } = await setup();
    const program = fileURLToPath(new URL('./testing/busy-consumer.ts', import.meta.url));
    const enough = join(await testFolder(), 'enough');
    const consumer = fork(program, [served.url, enough, String(EVERY_MS)], { execArgv: [] });
    onTestFinished(async () => {
      if (consumer.exitCode !== null || consumer.signalCode !== null) return;
      consumer.kill('SIGKILL');
      await once(consumer, 'exit');
    });
    consumer.send({ key: CONSUMER_KEY, lease });
    expect((await once(consumer, 'message'))[0]).toBe('busy');
    const before = await heartbeat();
    await until('renewals', async () => (await heartbeat()) >= before + RENEWALS);
    await writeFile(enough, '');
    const [meanwhile] = await once(consumer, 'message');
    const [afterwards] = await once(consumer, 'message');
    expect(meanwhile).toEqual({ repliesMeanwhile: 0 });
    expect((afterwards as { repliesAfterwards: number }).repliesAfterwards).toBeGreaterThanOrEqual(RENEWALS);
  });

  it('is renewed no more once the process of its consumer is gone', async () => {
    const { served, control, deps, lease, heartbeat } = await setup();
    const program = fileURLToPath(new URL('./testing/busy-consumer.ts', import.meta.url));
    const consumer = fork(program, [served.url, '/nonexistent', String(EVERY_MS)], { execArgv: [] });
    consumer.send({ key: CONSUMER_KEY, lease });
    await once(consumer, 'message');
    consumer.kill('SIGKILL');
    await once(consumer, 'exit');
    // Another lease is the clock: what was under way is over with its first renewal, and then time passes.
    await givenTask(deps);
    const other = (await control.claim({ ...CLAIM, claimId: newId() })) as ClaimedAttempt;
    let beats = 0;
    const onReply = () => {
      beats += 1;
    };
    control.keepLease(other, { everyMs: EVERY_MS, onReply });
    await until('a renewal', () => beats > 0);
    const last = await heartbeat();
    await until('more of them', () => beats > 10);
    expect(await heartbeat()).toBe(last);
  });

  it('is renewed by another worker when the first has crashed', async () => {
    const { served, lease, heartbeat } = await setup();
    const { keeper, workers, lines } = keeperFor(served.url);
    const replies: RenewReply[] = [];
    keeper.keep(lease, { everyMs: EVERY_MS, onReply: (reply) => replies.push(reply) });
    await until('a renewal', () => replies.length > 0);
    await workers[0]?.terminate();
    const before = await heartbeat();
    await until('renewals by the second', async () => (await heartbeat()) > before + 2);
    expect(workers).toHaveLength(2);
    expect(lines.join('')).toContain('starting it again');
  });

  it('is renewed again after the private API was away', async () => {
    const { served, deps, lease, heartbeat } = await setup();
    const { keeper, lines } = keeperFor(served.url);
    keeper.keep(lease, { everyMs: EVERY_MS, onReply: () => {} });
    await until('a renewal', async () => (await heartbeat()) > 0);
    await served.stop();
    await until('the warning', () => lines.some((line) => line.includes('could not be renewed')));
    const before = await heartbeat();
    await servePrivateApi(deps, { port: served.port });
    await until('renewals', async () => (await heartbeat()) > before + 2);
    expect(lines.filter((line) => line.includes('could not be renewed'))).toHaveLength(1);
    expect(lines.join('')).toContain('renewed again');
  });

  it('is renewed over another connection when nothing gets through on the first, long before it ends', async () => {
    const { served, lease, heartbeat } = await setup();
    const proxy = await tcpProxy(served.port);
    const { keeper } = keeperFor(proxy.url);
    keeper.keep(lease, { everyMs: EVERY_MS, onReply: () => {} });
    await until('a renewal', async () => (await heartbeat()) > 0);
    proxy.holdOpenConnections();
    const before = await heartbeat();
    const started = performance.now();
    await until('renewals', async () => (await heartbeat()) > before + 3);
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(proxy.count()).toBeGreaterThan(1);
  });
});
