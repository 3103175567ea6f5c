import { describe, expect, it } from 'vitest';
import type { Deps } from '../deps.ts';
import { directControlPlane } from '../direct-control-plane.ts';
import { givenModel, givenTask, testDeps } from '../testing/test-deps.ts';
import { FALLBACK_AFTER_MS, GPU_WAIT_HOURS, settleGpuTasks } from './settle-gpu-tasks.ts';

const LOOK_MS = 5 * 60_000;
const WAIT_MS = GPU_WAIT_HOURS * 3_600_000;

async function setup(settings = {}) {
  const made = await testDeps(settings);
  const told: string[] = [];
  const deps = { ...made, news: { ...made.news, tell: (uid: string) => void told.push(uid) } };
  await givenModel(deps, 'gpu', true);
  const loop = settleGpuTasks(deps);
  /** Looks again and again for so long, and once more at its end. */
  const watch = async (forMs: number) => {
    for (let ms = 0; ms < forMs; ms += LOOK_MS) {
      await loop.runOnce();
      deps.clock.advance(LOOK_MS);
    }
    await loop.runOnce();
  };
  const old = () => deps.db.$executeRaw`UPDATE task SET available_at = now() - interval '25 hours'`;
  const stateOf = async (uid: string) => await deps.db.task.findUniqueOrThrow({ where: { uid } });
  return { deps, told, watch, old, stateOf };
}

function hello(deps: Deps, consumerId: string, gpus: number) {
  const pools = gpus > 0 ? (['docker-cpu', 'docker-gpu'] as const) : (['docker-cpu'] as const);
  return directControlPlane(deps).hello({ consumerId, bootId: 'b1', pools, gpus, trouble: {}, folderModels: [], holding: [] });
}

describe('settle-gpu-tasks', () => {
  it('ends what waited a day while consumers were watched for a day and none had a GPU, and nothing that is younger', async () => {
    const { deps, told, watch, old, stateOf } = await setup();
    const uid = await givenTask(deps, 'gpu');
    await old();
    const young = await givenTask(deps, 'gpu');
    await hello(deps, 'cpu', 0);
    await watch(WAIT_MS - LOOK_MS);
    expect((await stateOf(uid)).state).toBe('queued');
    await watch(LOOK_MS);
    expect(await stateOf(uid)).toMatchObject({ state: 'failed', failureClass: 'impossible' });
    expect(told).toEqual([uid]);
    expect(await deps.db.event.count({ where: { task: { uid }, kind: 'failed' } })).toBe(1);
    expect((await stateOf(young)).state).toBe('queued');
  });

  it('counts anew after a pause in which it saw nothing, and after a consumer with a GPU', async () => {
    const { deps, watch, old, stateOf } = await setup();
    const uid = await givenTask(deps, 'gpu');
    await old();
    await hello(deps, 'cpu', 0);
    await watch(WAIT_MS / 2);
    deps.clock.advance(60 * 3_600_000);
    await watch(WAIT_MS / 2);
    await hello(deps, 'gpu', 1);
    await watch(LOOK_MS);
    await deps.db.$executeRaw`DELETE FROM consumer WHERE id = 'gpu'`;
    await watch(WAIT_MS / 2);
    expect((await stateOf(uid)).state).toBe('queued');
  });

  it('ends nothing while no consumer is known', async () => {
    const { deps, watch, old, stateOf } = await setup();
    const uid = await givenTask(deps, 'gpu');
    await old();
    await watch(WAIT_MS + LOOK_MS);
    expect((await stateOf(uid)).state).toBe('queued');
  });

  it('lets tasks run without a GPU where the admin allows it, once consumers with one had time to say hello', async () => {
    const { deps, watch, stateOf } = await setup({ allowCpuFallback: true });
    const uid = await givenTask(deps, 'gpu');
    await hello(deps, 'cpu', 0);
    await watch(0);
    expect((await stateOf(uid)).pool).toBe('docker-gpu');
    await watch(FALLBACK_AFTER_MS);
    expect(await stateOf(uid)).toMatchObject({ state: 'queued', pool: 'docker-cpu' });
  });
});
