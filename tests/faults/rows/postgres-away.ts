import { setTimeout as pause } from 'node:timers/promises';
import { until } from '@inference/testing';
import { must } from '../must.ts';
import type { Row } from '../row.ts';

const INSERT = /INSERT INTO task/;
const SUCCEED = /'succeeded', number FROM held/;
/** A refusal that takes longer is not clean, in milliseconds. */
const REFUSAL_MS = 15_000;
/** A place that is not reached by then is never, in milliseconds. */
const REACH_MS = 30_000;
const FIVE_MINUTES_MS = 300_000;

export const postgresRestartedInSubmit: Row = {
  name: 'postgres-restarted-in-submit',
  numbers: [7],
  fault: 'Postgres stopped at once (-m immediate) while a task is being inserted, and started again',
  required: '503 with Retry-After, nothing half-made; sent again, the task runs',
  targetMs: 5_000,
  async play(stage) {
    const { wire, settings } = await stage.wireToPostgres();
    const { client } = await stage.trio({ api: settings });
    const sending = await client.prepare();
    const held = wire.holdAt(INSERT, 'sent');
    const sentMs = performance.now();
    const first = client.put(sending);
    await until('the insert', held.isReached, REACH_MS);
    await stage.postgres.stopAtOnce();
    held.release();
    const reply = await first;
    const tookMs = performance.now() - sentMs;
    must(reply?.status === 503 && reply.retryAfter !== null, `503 with Retry-After (${reply?.status} ${reply?.text})`);
    must(tookMs < REFUSAL_MS, `the refusal comes soon (${Math.round(tookMs)} ms)`);
    await stage.postgres.start();
    const atMs = performance.now();
    must((await stage.db.task.count()) === 0, 'there is no half task');
    await client.result(await client.insist(sending));
    return { recoveredMs: performance.now() - atMs, found: 'The client got 503 with Retry-After; no row was made.' };
  },
};

export const postgresKilledInFinish: Row = {
  name: 'postgres-killed-in-finish',
  isQuick: true,
  numbers: [8],
  fault: 'Postgres killed while a result is being committed: before it, and before its answer',
  required: 'the consumer repeats its report; exactly one output',
  targetMs: 5_000,
  async play(stage) {
    let slowestMs = 0;
    const { wire, settings } = await stage.wireToPostgres();
    const { client, api } = await stage.trio({ api: settings });
    for (const holds of ['sent', 'answered'] as const) {
      const held = wire.holdAt(SUCCEED, holds);
      const sent = await client.send();
      await until('the report', held.isReached, REACH_MS);
      await stage.postgres.kill();
      held.release();
      await stage.postgres.start();
      const atMs = performance.now();
      const { attempts } = await client.result(sent);
      must(attempts.length === 1, 'the model ran once');
      slowestMs = Math.max(slowestMs, performance.now() - atMs);
      // A fresh one: its first report carries the text of the statement again, and not only its name.
      await api.kill();
      await api.start().ready();
    }
    return { recoveredMs: slowestMs, found: 'The report was repeated; one attempt, one output, both times.' };
  },
};

export const postgresAway: Row = {
  name: 'postgres-away',
  numbers: [9],
  fault: 'Postgres away for 5 minutes while models run',
  required: 'no model is killed, no lease expires; results wait, and are accepted afterwards',
  targetMs: 5_000,
  async play(stage) {
    const { client } = await stage.trio();
    const awayMs = stage.absenceMs(FIVE_MINUTES_MS, 45_000);
    const ends = await client.send({ seconds: 10 });
    const runsThrough = await client.send({ seconds: awayMs / 1000 + 15 });
    const starts = [await client.startOf(ends), await client.startOf(runsThrough)];
    await stage.postgres.stop();
    await pause(awayMs);
    await stage.postgres.start();
    const atMs = performance.now();
    const { attempts } = await client.result(ends);
    const recoveredMs = performance.now() - atMs;
    const through = await client.result(runsThrough);
    must(attempts.length === 1 && through.attempts.length === 1, 'each has one attempt');
    const after = [await client.startInOutput(ends), await client.startInOutput(runsThrough)];
    must(starts.join() === after.join(), 'no model was started again');
    return { recoveredMs, found: `Away for ${awayMs / 1000} s: one attempt each, no model started again.` };
  },
};

export const postgresSessionsTaken: Row = {
  name: 'postgres-sessions-taken',
  numbers: [10],
  fault: 'all connections of Postgres taken by others for 20 s',
  required: 'fast 503 or 507, no crash; recovers within 30 s',
  targetMs: 30_000,
  async play(stage) {
    const { client, api } = await stage.trio();
    await client.result(await client.send());
    const hogs = await stage.takeAllSessions();
    const sending = await client.prepare();
    const slowest = { ms: 0 };
    const statuses = new Set<number | null>();
    const endMs = performance.now() + 20_000;
    while (performance.now() < endMs) {
      const startMs = performance.now();
      statuses.add((await client.put(sending))?.status ?? null);
      slowest.ms = Math.max(slowest.ms, performance.now() - startMs);
      await pause(500);
    }
    await hogs.release();
    const atMs = performance.now();
    const recoveredMs = await client.nextResult(atMs);
    must(api.runs, 'the private API lives');
    must(
      [...statuses].every((status) => status === 503 || status === 507),
      `every POST is refused with 503 or 507 (${[...statuses]})`,
    );
    must(slowest.ms < REFUSAL_MS, `refusals come soon (${Math.round(slowest.ms)} ms)`);
    return { recoveredMs, found: `Refused with ${[...statuses]}, the slowest after ${Math.round(slowest.ms)} ms.` };
  },
};

export const postgresDiskFull: Row = {
  name: 'postgres-disk-full',
  numbers: [10],
  fault: 'the disk of Postgres is full',
  required: 'fast 503 or 507, no crash of a service; recovers within 30 s of the room being made',
  targetMs: 30_000,
  needs: ['root'],
  smallDisk: { holds: 'postgres', mib: 320 },
  async play(stage) {
    const { client, api, consumer } = await stage.trio();
    await client.result(await client.send());
    const disk = stage.smallDisk();
    await disk.fill();
    const refused = await until(
      'a POST to be refused',
      async () => {
        const reply = await client.put(await client.prepare());
        return reply !== null && reply.sent === null && reply;
      },
      180_000,
    );
    must(refused.status === 503 || refused.status === 507, `refused with 503 or 507 (${refused.status} ${refused.text})`);
    must(api.runs && consumer.runs, 'the services live');
    await disk.free();
    const atMs = performance.now();
    // It may have ended by itself, as it cannot write down what it does: whoever runs it starts it again.
    if (!stage.postgres.runs) await stage.postgres.start();
    const recoveredMs = await client.nextResult(atMs);
    return { recoveredMs, found: `Refused with ${refused.status}.` };
  },
};
