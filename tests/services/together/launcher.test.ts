// The services as the compose file has them: a launcher has the engine, and the consumer has not.

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
/** A consumer looks at its runtime every 5 seconds, in milliseconds. */
const NOTICE_MS = 30_000;

/** What the container does: it waits until it is told to go on, then gives its number back. */
function input(number: number): Record<string, string> {
  const wait = 'while [ ! -e /output/go ]; do sleep 0.1; done; rm /output/go';
  return { 'number.txt': String(number), 'run.sh': `echo begun ${number}; ${wait}; cp /input/number.txt /output/; echo done ${number}` };
}

async function containerOf(uid: string): Promise<string> {
  return docker('ps', '-q', '--filter', `label=inference-server.task=${uid}`);
}

async function logOf(own: Services, uid: string): Promise<string> {
  const pieces = await own.db.$queryRaw<{ text: string }[]>`
    SELECT text FROM log_piece WHERE task_id = (SELECT id FROM task WHERE uid = ${uid}) ORDER BY "offset"`;
  return pieces.map(({ text }) => text).join('');
}

async function register(own: Services, relay: Service, image: TestImage, more = ''): Promise<void> {
  const query = `container_tag=${image.name}&human_readable_id=${MODEL}&use_gpu=false${more}`;
  const headers = { authorization: `Bearer ${own.adminKey}` };
  const answer = await fetch(`${relay.url}/api/models/?${query}`, { method: 'POST', headers });
  expect(answer.status, await answer.text()).toBe(200);
}

describe.skipIf(!has('rabbitmq', 'docker', 'busybox'))('a consumer without a Docker socket', () => {
  const broker = sharedRabbitMq();
  let image: TestImage;
  beforeAll(async () => {
    image = await busyboxImage('CMD ["sh", "/input/run.sh"]');
  });
  afterAll(() => image?.remove());

  async function served(more?: string) {
    const own = await services({ rabbitUrl: broker().url });
    const api = await own.privateApi().ready();
    const relay = await own.publicApi(api).ready();
    await register(own, relay, image, more);
    const { launcher, forConsumers } = await own.launcher();
    await launcher.ready();
    const consumer = await own.consumer(api, forConsumers).ready();
    return { own, relay, launcher, consumer };
  }

  it('runs tasks by its launcher; either may be killed meanwhile, and the model is not started again', async () => {
    const { own, relay, launcher, consumer } = await served();
    const uid = await postTask(relay.url, MODEL, input(7));
    const container = await until('its container', async () => (await containerOf(uid)) || null);
    const journal = join(String(consumer.logged('workFolder')), 'attempts', `${uid}-1`, 'attempt.json');
    await until('its start to be noted', async () => (await readFile(journal, 'utf8').catch(() => '')).includes('"started"'));

    await launcher.kill();
    const away = await until(
      'the consumer to miss its launcher',
      async () => {
        const component = await consumer.component('runtime-docker');
        return component?.state === 'failed' ? component : null;
      },
      NOTICE_MS,
    );
    expect(away.text).toBe('The launcher is not reachable: it is not running; start it.');
    launcher.startAgain();
    await launcher.ready();
    await consumer.ready();

    await consumer.kill();
    consumer.startAgain();
    await consumer.ready();
    expect(await containerOf(uid)).toBe(container);
    await docker('exec', container, 'touch', '/output/go');
    expect(await numberFrom(relay, uid)).toBe(7);
    const tasks = await allEnded(own.db);
    expect(endings(tasks)).toEqual(['succeed']);
    expect(tasks[0]?.attempts).toHaveLength(1);
    expect(await logOf(own, uid)).toBe('begun 7\ndone 7\n');
    expect(await own.stop()).toEqual([0, 0, 0, 0]);
    expect(await docker('ps', '-aq', '--filter', `label=inference-server.task=${uid}`)).toBe('');
  }, 180_000);

  it('fails a task of a model that is looser than its launcher allows, and says what to set', async () => {
    const { own, relay } = await served('&loosened=network');
    const uid = await postTask(relay.url, MODEL, input(1));
    const [task] = await until('its end', async () =>
      own.db.$queryRaw<{ state: string; reason: string | null }[]>`
      SELECT state::text, failure_reason AS reason FROM task WHERE uid = ${uid} AND state = 'failed'`.then((rows) =>
        rows.length > 0 ? rows : null,
      ),
    );
    expect(task?.reason).toContain('LOOSEN_ALLOWED');
    expect(await own.stop()).toEqual([0, 0, 0, 0]);
  }, 120_000);
});
