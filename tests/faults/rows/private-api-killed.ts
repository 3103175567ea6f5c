import { readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '@inference/testing';
import { must } from '../must.ts';
import type { Row } from '../row.ts';
import { halfUpload } from '../stage/half-upload.ts';
import { ringing, type Stage } from '../stage/stage.ts';
import type { Held } from '../stage/wire.ts';

const INSERT = /INSERT INTO task/;
/** How much of an upload has come when the private API dies, in parts of the whole. */
const PARTS = [0.01, 0.5, 0.99];
/** A place that is not reached by then is never, in milliseconds. */
const REACH_MS = 30_000;
const ORPHAN_AGE_MS = 25 * 3_600_000;
/** The sweep comes once a minute. */
const SWEEP_MS = 120_000;

const inputs = (stage: Stage) => readdir(join(stage.filesFolder, 'inputs'));
const received = (stage: Stage) => readdir(join(stage.filesFolder, 'tmp'));

export const privateApiKilledInUpload: Row = {
  name: 'api-killed-in-upload',
  numbers: [1],
  fault: 'private API killed while it receives an upload, after 1 %, 50 % and 99 % of the bytes',
  required: 'an error for the client, no task, the half file swept',
  targetMs: 3_000,
  async play(stage) {
    const { api, client } = await stage.trio();
    await client.result(await client.send());
    const before = await stage.db.task.count();
    let slowestMs = 0;
    for (const part of PARTS) {
      const answer = halfUpload(client, stage.adminKey, await client.prepare({ payload: Buffer.alloc(1024 * 1024, 7) }), part);
      await until('a half file', async () => (await received(stage)).length > 0);
      await api.kill();
      must((await answer) !== 'accepted', 'the client hears of an error');
      const atMs = performance.now();
      await api.start().ready();
      slowestMs = Math.max(slowestMs, await client.nextResult(atMs));
    }
    must((await stage.db.task.count()) === before + PARTS.length, 'no half upload has become a task');
    const old = (Date.now() - ORPHAN_AGE_MS) / 1000;
    for (const name of await received(stage)) await utimes(join(stage.filesFolder, 'tmp', name), old, old);
    await until('the half files to be swept', async () => (await received(stage)).length === 0, SWEEP_MS);
    return { recoveredMs: slowestMs, found: 'The client got an error each time; the half files were swept once they were a day old.' };
  },
};

export const privateApiKilledBeforeCommit: Row = {
  name: 'api-killed-before-commit',
  numbers: [2],
  fault: 'private API killed after the input is in its place, before the COMMIT reaches Postgres',
  required: 'no task; the input without a row is swept; sent again under its name, the task runs',
  targetMs: 3_000,
  async play(stage) {
    const { wire, client, api } = await wiredToPostgres(stage);
    const sending = await client.prepare();
    const held = wire.holdAt(INSERT, 'sent');
    const first = client.put(sending);
    await reached(held);
    must((await inputs(stage)).length === 1, 'the input lies in its place');
    await api.kill();
    must((await first)?.sent == null, 'the client is told of no task');
    must((await stage.db.task.count()) === 0, 'there is no task');
    const [orphan = ''] = await inputs(stage);
    const old = (Date.now() - ORPHAN_AGE_MS) / 1000;
    await utimes(join(stage.filesFolder, 'inputs', orphan), old, old);
    const atMs = performance.now();
    await api.start().ready();
    await client.result(await client.insist(sending));
    const recoveredMs = performance.now() - atMs;
    await until('the input without a row to be swept', async () => !(await inputs(stage)).includes(orphan), SWEEP_MS);
    return { recoveredMs, found: 'No task; the orphan was swept once it was a day old; the same name ran.' };
  },
};

export const privateApiKilledAfterCommit: Row = {
  name: 'api-killed-after-commit',
  numbers: [3],
  fault: 'private API killed after the COMMIT, before the client is answered',
  required: 'sent again under its name, it is the same task, which runs once',
  targetMs: 3_000,
  async play(stage) {
    const { wire, client, api } = await wiredToPostgres(stage);
    const sending = await client.prepare();
    const held = wire.holdAt(INSERT, 'answered');
    const first = client.put(sending);
    await reached(held);
    await until('the task to be committed', async () => (await stage.db.task.count()) === 1);
    const { uid } = await stage.db.task.findFirstOrThrow();
    await api.kill();
    must((await first)?.sent == null, 'the client is told of no task');
    const atMs = performance.now();
    await api.start().ready();
    const sent = await client.insist(sending);
    const recoveredMs = performance.now() - atMs;
    must(sent.id === uid, 'the same name is the same task');
    const { attempts } = await client.result(sent);
    must(attempts.length === 1, 'it ran once');
    must((await stage.db.task.count()) === 1, 'there is one task');
    return {
      recoveredMs,
      found: 'The repeated upload was answered with the task that was there (that answer is what is timed); one attempt.',
    };
  },
};

export const privateApiKilledBeforePublish: Row = killedAround({
  name: 'api-killed-before-publish',
  isQuick: true,
  numbers: [4],
  fault: 'private API killed after the answer, before its ring reaches RabbitMQ',
  required: 'the task starts within 15 s of the restart',
  holds: 'sent',
});

export const privateApiKilledBeforeConfirm: Row = killedAround({
  name: 'api-killed-before-confirm',
  numbers: [5],
  fault: 'private API killed after its ring is in RabbitMQ, before that has confirmed it',
  required: 'the ring may come twice: one attempt',
  holds: 'answered',
});

function killedAround({
  holds,
  ...row
}: Pick<Row, 'name' | 'numbers' | 'fault' | 'required' | 'isQuick'> & { holds: 'sent' | 'answered' }): Row {
  return {
    ...row,
    targetMs: 15_000,
    async play(stage) {
      const { wire, settings } = await stage.wireToRabbit();
      const { api, consumer, client } = await stage.trio({ api: settings });
      // Nobody else may start it before.
      consumer.signal('SIGSTOP');
      const held = wire.holdAt(/"taskUid":"/, holds);
      const sent = await client.send();
      await reached(held);
      await api.kill();
      held.release();
      const atMs = performance.now();
      api.start();
      consumer.signal('SIGCONT');
      const { attempts } = await client.result(sent);
      must(attempts.length === 1, `it has one attempt (${attempts.length})`);
      return { recoveredMs: performance.now() - atMs, found: 'The task ran, in one attempt.' };
    },
  };
}

async function wiredToPostgres(stage: Stage) {
  const { wire, settings } = await stage.wireToPostgres();
  const { api, client, consumer } = await stage.trio({ api: settings });
  await ringing(consumer);
  return { wire, api, client };
}

async function reached(held: Held): Promise<void> {
  await until('the place to be reached', held.isReached, REACH_MS);
}
