import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { testRegistry } from '../../../packages/runtime/src/testing/test-registry.ts';
import { must } from '../must.ts';
import type { Row } from '../row.ts';
import { echoImage } from '../stage/echo-image.ts';
import { ECHO_CONTAINER, ECHO_SCRIPT, PAYLOAD } from '../stage/echo-model.ts';
import type { Stage } from '../stage/stage.ts';

const run = promisify(execFile);
const NEEDS = ['docker', 'busybox'] as const;
const REFUSED_MS = 30_000;
const MODEL = 'pulled';
/** In seconds: long enough for the consumer to be told to stop meanwhile. */
const RUNS_SECONDS = 15;

export const imageMissing: Row = {
  name: 'image-missing',
  numbers: [29],
  fault: 'the registry answers 404, 401, 503 or 429 for the image; or is silent, then well',
  required: '404 and 401: failed within 30 s with a clear text; 503 and 429: tried again',
  targetMs: 30_000,
  needs: NEEDS,
  async play(stage) {
    const { api, client } = await stage.pair();
    const folder = join(stage.folder, 'registry');
    await mkdir(folder);
    const registry = await testRegistry(folder);
    stage.atEnd(async () => {
      await registry.close();
      await run('docker', ['image', 'rm', '--force', registry.image]).catch(() => {});
    });
    await client.register(MODEL, registry.image);
    await stage.consumer(api, { DOCKER_SLOTS: '1', PROCESS_SLOTS: '0' }).ready();
    const order = { model: MODEL, files: { 'run.sh': ECHO_SCRIPT } };
    const texts: string[] = [];
    for (const [status, code] of [
      [404, 'MANIFEST_UNKNOWN'],
      [401, 'UNAUTHORIZED'],
    ] as const) {
      registry.fault = { on: 'manifest', status, code };
      const sent = await client.send(order);
      const task = await client.ended(sent, REFUSED_MS);
      must(task.failure_class === 'image_unavailable', `the class is image_unavailable (${task.failure_class})`);
      client.accepted.delete(sent.id);
      texts.push(task.reason);
    }
    for (const [status, code] of [
      [503, 'UNAVAILABLE'],
      [429, 'TOOMANYREQUESTS'],
    ] as const) {
      registry.fault = { on: 'manifest', status, code };
      const sent = await client.send(order);
      await pause(3_000);
      const { state } = await client.task(sent);
      must(state === 'queued' || state === 'running', `it is tried again after ${status} (${state})`);
      registry.fault = null;
      const atMs = performance.now();
      await client.result(sent);
      if (status === 503) await run('docker', ['image', 'rm', '--force', registry.image]);
      else return { recoveredMs: performance.now() - atMs, found: `Texts: ${texts.join(' / ')}` };
    }
    throw new Error('there is a last status');
  },
};

export const imageMoved: Row = {
  name: 'image-moved',
  numbers: [30],
  fault: 'the tag of an image is given to another one between two attempts of a task',
  required: 'the later attempt runs what the first ran',
  needs: NEEDS,
  async play(stage) {
    const { api, client } = await stage.pair();
    const image = await stage.registerContainer(client);
    const { stdout: id } = await run('docker', ['image', 'inspect', '--format', '{{.Id}}', image]);
    stage.atEnd(() => run('docker', ['image', 'rm', '--force', id.trim()]).catch(() => {}));
    const consumer = await stage.consumer(api, { DOCKER_SLOTS: '1', PROCESS_SLOTS: '0', DRAIN_SECONDS: '1' }).ready();
    const sent = await client.send({ model: ECHO_CONTAINER, seconds: RUNS_SECONDS });
    await client.startOf(sent);
    await consumer.kill('SIGTERM');
    await moveTag(stage, image);
    await consumer.start().ready();
    const { attempts } = await client.result(sent);
    must(attempts.length === 2, `there are two attempts (${attempts.length})`);
    return { found: 'The second attempt ran the first image.' };
  },
};

/** Gives the name to an image whose output is wrong. */
async function moveTag(stage: Stage, image: string): Promise<void> {
  const remove = await echoImage(`${image}-moved`, undefined, `echo wrong > /output/${PAYLOAD}`);
  stage.atEnd(remove);
  await run('docker', ['tag', `${image}-moved`, image]);
}
