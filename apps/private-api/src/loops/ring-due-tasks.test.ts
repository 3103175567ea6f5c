import { until } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { claimed, givenModel, givenTask, testDeps } from '../testing/test-deps.ts';
import { ringDueTasks } from './ring-due-tasks.ts';

async function setup() {
  const deps = await testDeps();
  await givenModel(deps);
  const heard: string[] = [];
  deps.queue.listen('docker-cpu', async (rung) => {
    heard.push(rung);
  });
  const uid = await givenTask(deps);
  await until('the first ring', () => heard.pop());
  const silentFor = (seconds: number) => deps.db.$executeRaw`UPDATE task SET rung_at = now() - make_interval(secs => ${seconds}::float8)`;
  const pass = async () => {
    await ringDueTasks(deps).runOnce();
    // Rings of the in-process queue come in a later turn.
    await new Promise(setImmediate);
    return heard.splice(0);
  };
  return { deps, uid, silentFor, pass };
}

describe('ring-due-tasks', () => {
  it('rings again for a task whose pool was told long ago, as its ring may be lost', async () => {
    const { uid, silentFor, pass } = await setup();
    expect(await pass()).toEqual([]);
    await silentFor(16);
    expect(await pass()).toEqual([uid]);
  });

  it('waits no day for a task whose database had its clock set back by one', async () => {
    const { deps, uid, pass } = await setup();
    await deps.db.$executeRaw`UPDATE task SET available_at = now() + interval '1 day', rung_at = now() + interval '1 day'`;
    expect(await pass()).toEqual([uid]);
    await claimed(deps);
  });

  it('leaves alone what is claimed, and what is not due yet', async () => {
    const { deps, silentFor, pass } = await setup();
    await silentFor(60);
    await deps.db.$executeRaw`UPDATE task SET available_at = now() + interval '4 minutes'`;
    expect(await pass()).toEqual([]);
    await deps.db.$executeRaw`UPDATE task SET available_at = now()`;
    await claimed(deps);
    expect(await pass()).toEqual([]);
  });

  it('takes no task while nobody could hear, and rings once somebody can', async () => {
    const { deps, uid, silentFor, pass } = await setup();
    await silentFor(60);
    const before = await deps.db.task.findMany();
    await ringDueTasks({ ...deps, queue: { ...deps.queue, health: () => ({ ok: false, reason: 'away' }) } }).runOnce();
    expect(await deps.db.task.findMany()).toEqual(before);
    expect(await pass()).toEqual([uid]);
  });

  it('rings again soon for a task whose ring failed', async () => {
    const { deps, pass } = await setup();
    const broken = { ...deps, queue: { ...deps.queue, ring: () => Promise.reject(new Error('broker away')) } };
    const second = await givenTask(broken);
    await until('the forgotten ring', async () => (await deps.db.task.findUnique({ where: { uid: second } }))?.rungAt === null);
    expect(await pass()).toEqual([second]);
  });

  it('waits with everything while the queue is away', async () => {
    const { deps, uid, silentFor, pass } = await setup();
    await silentFor(60);
    const tried: string[] = [];
    const ring = async (_pool: string, rung: string) => void tried.push(rung);
    const away = { ...deps, queue: { ...deps.queue, ring, health: () => ({ ok: false, reason: 'away' }) as const } };
    await ringDueTasks(away).runOnce();
    expect(tried).toEqual([]);
    expect(await pass()).toEqual([uid]);
  });
});
