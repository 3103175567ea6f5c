// The services as most people run them: models are containers beside them.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
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
const SECONDS = 30;
/** So long after its start a consumer has told what its model has made, in milliseconds; a machine with nothing else to do takes two seconds. */
const BACK_MS = 15_000;
/** Long enough to be killed meanwhile. */
const SHORT_SECONDS = 5;

/** What the container does: it waits as many seconds as it was told, then gives the number back. */
function input(number: number, seconds: number): Record<string, string> {
  return {
    'number.txt': String(number),
    'run.sh': `echo begun ${number}; sleep ${seconds}; cp /input/number.txt /output/; echo done ${number}`,
  };
}

/** The running containers of each task, by the task's uid. */
async function containers(image: TestImage): Promise<Record<string, string>> {
  const lines = await docker('ps', '--filter', `ancestor=${image.name}`, '--format', '{{.ID}} {{.Label "inference-server.task"}}');
  const pairs = lines.split('\n').flatMap((line) => (line === '' ? [] : [line.split(' ') as [string, string]]));
  return Object.fromEntries(pairs.map(([id, uid]) => [uid, id]));
}

/** The running containers of a task. */
async function ids(image: TestImage, uid: string): Promise<string[]> {
  const filters = ['--filter', `ancestor=${image.name}`, '--filter', `label=inference-server.task=${uid}`];
  return (await docker('ps', ...filters, '--format', '{{.ID}}')).split('\n').filter(Boolean);
}

/** How far a consumer has noted that it has come with a task's first attempt. */
async function stageOf(consumer: Service, uid: string): Promise<string | null> {
  const path = join(String(consumer.logged('workFolder')), 'attempts', `${uid}-1`, 'attempt.json');
  const text = await readFile(path, 'utf8').catch(() => null);
  return text === null ? null : JSON.parse(text).stage.kind;
}

/** What a task's model has printed, as it was told while it ran. */
async function logOf(own: Services, uid: string): Promise<string> {
  const pieces = await own.db.$queryRaw<{ text: string }[]>`
    SELECT text FROM log_piece WHERE task_id = (SELECT id FROM task WHERE uid = ${uid}) ORDER BY "offset"`;
  return pieces.map(({ text }) => text).join('');
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

  async function served() {
    const own = await services({ rabbitUrl: broker().url });
    const api = await own.privateApi().ready();
    const relay = await own.publicApi(api).ready();
    await register(own, relay, image);
    return { own, api, relay };
  }

  it('run the tasks of all; one that is killed goes on with its own container when it is back, and touches no neighbour’s', async () => {
    const { own, api, relay } = await served();
    const victim = await own.consumer(api, WITH_DOCKER).ready();
    const mine = await postTask(relay.url, MODEL, input(1, SECONDS));
    const first = await until('its container', async () => (await containers(image))[mine]);
    // The one slot of the first consumer is taken.
    await own.consumer(api, WITH_DOCKER).ready();
    const kept = await postTask(relay.url, MODEL, input(2, SECONDS));
    const neighbour = await until('the container of the other consumer', async () => (await containers(image))[kept]);
    await until('its start to be noted', async () => (await stageOf(victim, mine)) === 'started');

    await victim.kill();
    victim.startAgain();
    await victim.ready();
    expect(await containers(image)).toEqual({ [mine]: first, [kept]: neighbour });
    for (const [index, uid] of [mine, kept].entries()) expect(await numberFrom(relay, uid)).toBe(index + 1);
    expect(endings(await allEnded(own.db))).toEqual(['succeed', 'succeed']);
    expect(await logOf(own, mine)).toBe('begun 1\ndone 1\n');
    expect(await own.stop()).toEqual([0, 0, 0, 0]);
    expect(await containers(image)).toEqual({});
  }, 180_000);

  it('that are killed report what a model did meanwhile within seconds of their next start', async () => {
    const { own, api, relay } = await served();
    const victim = await own.consumer(api, WITH_DOCKER).ready();
    const uid = await postTask(relay.url, MODEL, input(7, SHORT_SECONDS));
    const container = await until('its container', async () => (await containers(image))[uid]);
    await until('its start to be noted', async () => (await stageOf(victim, uid)) === 'started');
    await victim.kill();
    await docker('wait', String(container));
    const backMs = performance.now();
    victim.startAgain();
    expect(await numberFrom(relay, uid)).toBe(7);
    expect(performance.now() - backMs).toBeLessThan(BACK_MS);
    expect(endings(await allEnded(own.db))).toEqual(['succeed']);
    await victim.ready();
    expect(await own.stop()).toEqual([0, 0, 0]);
    expect(await containers(image)).toEqual({});
  }, 120_000);

  it('that are killed end the container of an attempt when it is back and somebody else has the task', async () => {
    const { own, api, relay } = await served();
    const victim = await own.consumer(api, WITH_DOCKER).ready();
    const uid = await postTask(relay.url, MODEL, input(3, SECONDS));
    const first = await until('its container', async () => (await containers(image))[uid]);
    await until('its start to be noted', async () => (await stageOf(victim, uid)) === 'started');
    const other = await own.consumer(api, WITH_DOCKER).ready();
    await victim.kill();
    // As if its lease had run out meanwhile.
    await own.db.$executeRaw`UPDATE attempt SET ended_at = now(), outcome = 'lost'`;
    await own.db.$executeRaw`UPDATE task SET state = 'queued', rung_at = NULL`;
    const second = await until('the other container', async () => (await ids(image, uid)).find((id) => id !== first));
    victim.startAgain();
    await victim.ready();
    await until('the first container to be gone', async () => !(await ids(image, uid)).includes(String(first)));
    expect(await ids(image, uid)).toEqual([second]);
    expect(await numberFrom(relay, uid)).toBe(3);
    const [task] = await allEnded(own.db);
    expect(task?.attempts.map(({ outcome, consumerId }) => [outcome, consumerId])).toEqual([
      ['lost', String(victim.logged('consumerId'))],
      ['succeed', String(other.logged('consumerId'))],
    ]);
    expect(await own.stop()).toEqual([0, 0, 0, 0]);
  }, 180_000);
});
