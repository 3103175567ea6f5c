import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '@inference/testing';
import { must } from '../must.ts';
import type { Row } from '../row.ts';
import { ECHO_CONTAINER } from '../stage/echo-model.ts';
import { OwnDocker } from '../stage/own-docker.ts';
import type { Stage } from '../stage/stage.ts';

const NEEDS = ['docker', 'busybox', 'root'] as const;
/** An engine that hangs must be noticed within this, in milliseconds. */
const NOTICED_MS = 30_000;

export const dockerRestarted: Row = {
  name: 'docker-restarted',
  numbers: [27],
  fault: 'Docker engine restarted while a container runs (no live-restore)',
  required: 'the task is tried again, or its container goes on',
  targetMs: 30_000,
  needs: NEEDS,
  async play(stage) {
    const { docker, client } = await withOwnDocker(stage);
    const sent = await client.send({ model: ECHO_CONTAINER, seconds: 5 });
    await client.startOf(sent);
    await docker.stop();
    await docker.start();
    const atMs = performance.now();
    const recoveredMs = await client.nextResult(atMs, { model: ECHO_CONTAINER });
    const { attempts } = await client.result(sent);
    return { recoveredMs, found: `The running task took ${attempts.length} attempts.` };
  },
};

export const dockerHangs: Row = {
  name: 'docker-hangs',
  numbers: [28],
  fault: 'Docker engine frozen for 60 s',
  required: 'calls time out, nothing is claimed, health is red; then it works again',
  targetMs: 30_000,
  needs: NEEDS,
  async play(stage) {
    const { docker, client, consumer } = await withOwnDocker(stage);
    docker.signal('SIGSTOP');
    const frozenMs = performance.now();
    await until('health to be red', async () => !(await consumer.has('runtime-docker')), NOTICED_MS);
    const noticedMs = performance.now() - frozenMs;
    // What it was about to claim when the engine froze may fail; from now on nothing is claimed.
    await pause(10_000);
    const sent = await client.send({ model: ECHO_CONTAINER });
    await pause(Math.max(0, stage.absenceMs(60_000, 40_000) - (performance.now() - frozenMs)));
    must((await client.task(sent)).attempts.length === 0, 'nothing is claimed while the engine hangs');
    docker.signal('SIGCONT');
    const atMs = performance.now();
    await client.result(sent);
    return {
      recoveredMs: performance.now() - atMs,
      found: `Health was red after ${(noticedMs / 1000).toFixed(1)} s; nothing was claimed.`,
    };
  },
};

async function withOwnDocker(stage: Stage) {
  const docker = await OwnDocker.open(join(stage.folder, 'docker'));
  stage.atEnd(() => docker.close());
  const { api, relay, client } = await stage.pair();
  await stage.registerContainer(client, docker.host);
  const consumer = await stage.consumer(api, { DOCKER_SLOTS: '1', PROCESS_SLOTS: '0', DOCKER_SOCKET: docker.socket }).ready();
  await client.result(await client.send({ model: ECHO_CONTAINER }));
  return { docker, client, consumer, relay };
}
