import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '@inference/testing';
import { must } from '../must.ts';
import type { Row } from '../row.ts';
import type { Client, Sent } from '../stage/client.ts';
import type { Stage } from '../stage/stage.ts';

/** A lease ends after 6 looks, 5 seconds apart; a busy machine looks later. In milliseconds. */
const LEASE_MS = 180_000;
/** Blocks the whole process for so long at SIGUSR2, but for its threads. */
const blocker = (ms: number) => `process.on('SIGUSR2', () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${ms}));`;

export const consumerGone: Row = {
  name: 'consumer-gone',
  numbers: [20],
  fault: 'the machine of a consumer gone for good, with the model that ran there',
  required: 'another consumer starts the task within 40 s',
  targetMs: 40_000,
  async play(stage) {
    const { consumer, client, api } = await stage.trio();
    const sent = await client.send({ seconds: 5 });
    const start = await client.startOf(sent);
    const other = await stage.consumer(api, { WORK_DIR: join(stage.folder, 'other') }).ready();
    await consumer.kill();
    const atMs = performance.now();
    await until('another attempt', async () => (await attemptsOf(client, sent)) === 2, LEASE_MS);
    const recoveredMs = performance.now() - atMs;
    await client.result(sent);
    must((await client.startInOutput(sent)) !== start, 'the result is that of the second start');
    must(other.runs, 'the other consumer lives');
    return { recoveredMs, found: 'The other consumer began a second attempt.' };
  },
};

export const consumerFrozen: Row = {
  name: 'consumer-frozen',
  numbers: [21],
  fault: 'consumer frozen for 2 minutes while its model ends; another one takes the task over; then it thaws with its result',
  required: 'the newer attempt wins, the old result is refused; the thawed consumer works on',
  targetMs: 15_000,
  async play(stage) {
    const { consumer, client, api } = await stage.trio();
    const sent = await client.send({ seconds: 3 });
    const start = await client.startOf(sent);
    consumer.signal('SIGSTOP');
    const frozenMs = performance.now();
    const other = await stage.consumer(api, { WORK_DIR: join(stage.folder, 'other') }).ready();
    const { attempts } = await client.result(sent);
    must(attempts.length === 2, `there is a second attempt (${attempts.length})`);
    const winner = await client.startInOutput(sent);
    must(winner !== start, 'the result is that of the second start');
    await pause(Math.max(0, stage.absenceMs(120_000, 50_000) - (performance.now() - frozenMs)));
    await other.kill();
    consumer.signal('SIGCONT');
    const recoveredMs = await client.nextResult(performance.now());
    must((await client.startInOutput(sent)) === winner, 'the result stays that of the second start');
    return { recoveredMs, found: 'Two attempts; the late result changed nothing.' };
  },
};

export const consumerBlocked: Row = {
  name: 'consumer-blocked',
  numbers: [22],
  fault: 'the event loop of the consumer blocked for 60 s while a model runs',
  required: 'leases are renewed by a thread of its own: one attempt',
  targetMs: 5_000,
  async play(stage) {
    const blockedMs = stage.absenceMs(60_000, 45_000);
    const api = await stage.privateApi().ready();
    const [relay, consumer] = await Promise.all([stage.relay(api).ready(), stage.consumer(api, {}, blocker(blockedMs)).ready()]);
    const client = stage.client(relay);
    const sent = await client.send({ seconds: 5 });
    await client.startOf(sent);
    consumer.signal('SIGUSR2');
    await pause(blockedMs);
    const atMs = performance.now();
    const { attempts } = await client.result(sent);
    must(attempts.length === 1, `there is one attempt (${attempts.length})`);
    return { recoveredMs: performance.now() - atMs, found: `Blocked for ${blockedMs / 1000} s: one attempt.` };
  },
};

export const consumerCutOff: Row = {
  name: 'consumer-cut-off',
  numbers: [23],
  fault: 'consumer cut off from the private API for 5 minutes; its model ends meanwhile; nobody else is there',
  required: 'the result counts, and the model is not started again',
  targetMs: 15_000,
  async play(stage) {
    const { client, wire } = await wired(stage);
    const sent = await client.send({ seconds: 5 });
    const start = await client.startOf(sent);
    wire.partition();
    const awayMs = stage.absenceMs(300_000, 50_000);
    await pause(awayMs);
    wire.heal();
    const atMs = performance.now();
    await client.result(sent);
    const recoveredMs = performance.now() - atMs;
    must((await client.startInOutput(sent)) === start, 'the result is that of the first start');
    return { recoveredMs, found: `Cut off for ${awayMs / 1000} s; the result of the first start counts.` };
  },
};

export const consumerCutOffAndReplaced: Row = {
  name: 'consumer-cut-off-and-replaced',
  numbers: [23],
  fault: 'the same, and another consumer runs the task meanwhile',
  required: 'the late result is refused; the consumer works on',
  targetMs: 15_000,
  async play(stage) {
    const { client, wire, api } = await wired(stage);
    const sent = await client.send({ seconds: 3 });
    const start = await client.startOf(sent);
    wire.partition();
    const other = await stage.consumer(api, { WORK_DIR: join(stage.folder, 'other') }).ready();
    await client.result(sent);
    const winner = await client.startInOutput(sent);
    must(winner !== start, 'the result is that of the second start');
    await other.kill();
    wire.heal();
    const recoveredMs = await client.nextResult(performance.now());
    must((await client.startInOutput(sent)) === winner, 'the result stays that of the second start');
    return { recoveredMs, found: 'The late result changed nothing.' };
  },
};

/** A consumer behind a wire to the private API. */
async function wired(stage: Stage) {
  const api = await stage.privateApi().ready();
  const { wire, url } = await stage.wireTo(api);
  const [relay] = await Promise.all([stage.relay(api).ready(), stage.consumer({ url }).ready()]);
  return { api, wire, client: stage.client(relay) };
}

async function attemptsOf(client: Client, sent: Sent): Promise<number> {
  return (await client.task(sent)).attempts.length;
}
