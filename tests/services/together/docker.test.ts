// The services as most people run them: models are containers beside them.

import { has, until } from '@inference/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { busyboxImage, type TestImage } from '../../../packages/runtime/src/testing/busybox-image.ts';
import { docker } from '../../../packages/runtime/src/testing/docker.ts';
import { postTask } from '../../e2e/client.ts';
import type { Service } from './service.ts';
import { type Services, services } from './services.ts';
import { sharedRabbitMq } from './shared-rabbitmq.ts';
import { allEnded, endings, numberFrom } from './tasks.ts';

const MODEL = 'container';
const WITH_DOCKER = { DOCKER_SLOTS: '1', PROCESS_SLOTS: '0' };
/** Long enough for a consumer to start meanwhile, on a busy machine. */
const SECONDS = 15;

/** What the container does: it waits as many seconds as it was told, then gives the number back. */
function input(number: number, seconds: number): Record<string, string> {
  return { 'number.txt': String(number), 'run.sh': `sleep ${seconds}; cp /input/number.txt /output/` };
}

/** The running containers of each task, by the task's uid. */
async function containers(image: TestImage): Promise<Record<string, string>> {
  const lines = await docker('ps', '--filter', `ancestor=${image.name}`, '--format', '{{.ID}} {{.Label "inference-server.task"}}');
  const pairs = lines.split('\n').flatMap((line) => (line === '' ? [] : [line.split(' ') as [string, string]]));
  return Object.fromEntries(pairs.map(([id, uid]) => [uid, id]));
}

async function register(own: Services, relay: Service, image: TestImage): Promise<void> {
  const query = `container_tag=${image.name}&human_readable_id=${MODEL}&use_gpu=false`;
  const headers = { authorization: `Bearer ${own.adminKey}` };
  const answer = await fetch(`${relay.url}/api/models/?${query}`, { method: 'POST', headers });
  expect(answer.status, await answer.text()).toBe(200);
}

describe.skipIf(!has('rabbitmq', 'docker', 'busybox'))('consumers with Docker', () => {
  const broker = sharedRabbitMq();
  let image: TestImage;
  beforeAll(async () => {
    image = await busyboxImage('CMD ["sh", "/input/run.sh"]');
  });
  afterAll(() => image?.remove());

  it('run the tasks of all, and after a kill remove their own containers and no neighbour’s', async () => {
    const own = await services({ rabbitUrl: broker().url });
    const api = await own.privateApi().ready();
    const relay = await own.publicApi(api).ready();
    await register(own, relay, image);
    const victim = await own.consumer(api, WITH_DOCKER).ready();
    const lost = await postTask(relay.url, MODEL, input(1, SECONDS));
    const first = await until('its container', async () => (await containers(image))[lost]);
    // The one slot of the first consumer is taken.
    await own.consumer(api, WITH_DOCKER).ready();
    const kept = await postTask(relay.url, MODEL, input(2, SECONDS));
    const neighbour = await until('the container of the other consumer', async () => (await containers(image))[kept]);

    await victim.kill();
    expect(await containers(image)).toEqual({ [lost]: first, [kept]: neighbour });
    victim.startAgain();
    await victim.ready();
    const found = await containers(image);
    expect(found[lost]).not.toBe(first);
    expect(found[kept]).toBe(neighbour);
    for (const [index, uid] of [lost, kept].entries()) expect(await numberFrom(relay, uid)).toBe(index + 1);
    expect(endings(await allEnded(own.db))).toEqual(['lost succeed', 'succeed']);
    expect(await own.stop()).toEqual([0, 0, 0, 0]);
    expect(await containers(image)).toEqual({});
  }, 180_000);
});
