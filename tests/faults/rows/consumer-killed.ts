import { setTimeout as pause } from 'node:timers/promises';
import { until } from '@inference/testing';
import { must } from '../must.ts';
import type { Played, Row } from '../row.ts';
import type { Client } from '../stage/client.ts';
import { ECHO_CONTAINER } from '../stage/echo-model.ts';
import type { Service } from '../stage/service.ts';
import type { Stage } from '../stage/stage.ts';
import type { Wire } from '../stage/wire.ts';

/** How long the model runs where the consumer dies meanwhile, in seconds. */
const RUNS_SECONDS = 8;
/** A place that is not reached by then is never, in milliseconds. */
const REACH_MS = 60_000;
const NOISE_BYTES = 2 * 1024 * 1024;
/** So slow that an upload of this noise can be killed in its middle, in bytes a second. */
const SLOW_BYTES = 256 * 1024;
const NEEDS = ['docker', 'busybox'] as const;

export const consumerKilledInPrepare: Row = {
  name: 'consumer-killed-in-prepare',
  isQuick: true,
  numbers: [16],
  fault: 'consumer killed while it fetches the input, and started again',
  required: 'the task is run again by the same slot within 10 s',
  targetMs: 10_000,
  needs: NEEDS,
  async play(stage) {
    const { wire, consumer, client } = await withContainers(stage);
    const held = wire.holdAt(/GET \/api\/attempts\/\S+\/input/, 'sent');
    const sent = await client.send({ model: ECHO_CONTAINER });
    await until('the input to be asked for', held.isReached, REACH_MS);
    await consumer.kill();
    const atMs = performance.now();
    consumer.start();
    await client.result(sent);
    return { recoveredMs: performance.now() - atMs, found: 'The task ran after the restart.' };
  },
};

export const consumerKilledInRun: Row = {
  name: 'consumer-killed-in-run',
  isQuick: true,
  numbers: [17],
  fault: 'consumer killed while its container runs, and started again',
  required: 'the container is adopted: the model is not started again, the attempt is the same',
  targetMs: 5_000,
  needs: NEEDS,
  async play(stage) {
    const { consumer, client } = await withContainers(stage);
    const sent = await client.send({ model: ECHO_CONTAINER, seconds: RUNS_SECONDS });
    const start = await client.startOf(sent);
    const endMs = performance.now() + RUNS_SECONDS * 1000;
    await consumer.kill();
    const atMs = performance.now();
    consumer.start();
    const adopted = await adoptedWith(client, sent, start);
    // What the model itself still had to do is no part of the recovery.
    return { ...adopted, recoveredMs: performance.now() - Math.max(atMs, endMs) };
  },
};

export const consumerKilledBeforeUpload: Row = {
  name: 'consumer-killed-before-upload',
  numbers: [18],
  fault: 'consumer killed after its container has ended, before the output is uploaded',
  required: 'the output is collected and uploaded after the restart: the model is not started again',
  targetMs: 5_000,
  needs: NEEDS,
  async play(stage) {
    const { wire, consumer, client } = await withContainers(stage);
    const held = wire.holdAt(/PUT \/api\/attempts\/\S+\/output/, 'sent');
    const sent = await client.send({ model: ECHO_CONTAINER, seconds: 1 });
    const start = await client.startOf(sent);
    await until('the upload', held.isReached, REACH_MS);
    await consumer.kill();
    held.release();
    const atMs = performance.now();
    consumer.start();
    const adopted = await adoptedWith(client, sent, start);
    return { ...adopted, recoveredMs: performance.now() - atMs };
  },
};

export const consumerKilledInUpload: Row = {
  name: 'consumer-killed-in-upload',
  isQuick: true,
  numbers: [19],
  fault: 'consumer killed in the middle of the upload of an output',
  required: 'the upload is repeated: one output, the model is not started again',
  targetMs: 5_000,
  needs: NEEDS,
  async play(stage) {
    const { wire, consumer, client } = await withContainers(stage);
    const held = wire.holdAt(/PUT \/api\/attempts\/\S+\/output/, 'answered');
    const sent = await client.send({ model: ECHO_CONTAINER, noise: NOISE_BYTES, seconds: 1 });
    const start = await client.startOf(sent);
    wire.slow(SLOW_BYTES);
    await until('the upload', held.isReached, REACH_MS);
    // A part of it is on its way.
    await pause(2_000);
    await consumer.kill();
    wire.slow(Number.POSITIVE_INFINITY);
    const atMs = performance.now();
    consumer.start();
    const adopted = await adoptedWith(client, sent, start);
    return { ...adopted, recoveredMs: performance.now() - atMs };
  },
};

type WithContainers = { readonly wire: Wire; readonly consumer: Service; readonly client: Client };

/** A consumer with Docker, behind a wire to the private API. */
async function withContainers(stage: Stage): Promise<WithContainers> {
  const { api, client } = await stage.pair();
  const { wire, url } = await stage.wireTo(api);
  await stage.registerContainer(client);
  const consumer = await stage.consumer({ url }, { DOCKER_SLOTS: '1', PROCESS_SLOTS: '0' }).ready();
  // The image is known, and everything was done once.
  await client.result(await client.send({ model: ECHO_CONTAINER }));
  return { wire, consumer, client };
}

/** Waits for a result that must come from this very start of the model, in one attempt. */
async function adoptedWith(client: Client, sent: Parameters<Client['result']>[0], start: string): Promise<Played> {
  const { attempts } = await client.result(sent);
  const after = await client.startInOutput(sent);
  must(after === start, `the model is not started again (${attempts.length} attempts: ${attempts.map(({ outcome }) => outcome)})`);
  must(attempts.length === 1, `the attempt is the same (${attempts.length} attempts)`);
  return { found: 'The same attempt, and the model was not started again.' };
}
