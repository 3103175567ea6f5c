import type { TaskQueue } from '@inference/queue';
import { createLog } from '@inference/service';
import { until } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { givenModel, givenTask, testDeps } from '../testing/test-deps.ts';

/** Everything but the queue is real. */
async function setup(queue: Partial<TaskQueue>) {
  const lines: string[] = [];
  const real = await testDeps();
  const log = createLog({ level: 'warn', destination: { write: (line) => lines.push(line) } });
  const deps = { ...real, log, queue: { ...real.queue, ...queue } };
  await givenModel(deps);
  return { deps, lines };
}

const REFUSES = { ring: () => Promise.reject(new Error('no')) };
const isForgotten = async ({ deps }: Awaited<ReturnType<typeof setup>>, uid: string) =>
  (await deps.db.task.findUnique({ where: { uid } }))?.rungAt === null;

describe('a ring', () => {
  it('keeps nobody waiting: a task is accepted while the queue says nothing', async () => {
    const { deps } = await setup({ ring: () => new Promise(() => {}) });
    await expect(givenTask(deps)).resolves.toHaveLength(43);
  });

  it('that fails is repeated later, and logged', async () => {
    const test = await setup(REFUSES);
    const uid = await givenTask(test.deps);
    await until('the forgotten ring', () => isForgotten(test, uid));
    expect(test.lines.filter((line) => line.includes(uid))).toHaveLength(1);
  });

  it('that fails because the queue is away is repeated later, and the queue has said so already', async () => {
    const test = await setup({ ...REFUSES, health: () => ({ ok: false, reason: 'away' }) });
    const uid = await givenTask(test.deps);
    await until('the forgotten ring', () => isForgotten(test, uid));
    expect(test.lines).toEqual([]);
  });
});
