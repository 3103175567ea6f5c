import { describe, expect, it } from 'vitest';
import { contentOf, givenModel, givenTask, testDeps } from '../testing/test-deps.ts';

describe('submitTask', () => {
  it('keeps the input of a task where it is not known whether the task was made', async () => {
    const deps = await testDeps();
    await givenModel(deps);
    const insertTask: typeof deps.store.insertTask = async (task) => {
      await deps.store.insertTask(task);
      throw new Error('nobody knows');
    };
    await expect(givenTask({ ...deps, store: { ...deps.store, insertTask } })).rejects.toThrow('nobody knows');
    const [made] = await deps.db.task.findMany();
    expect(await contentOf(deps, String(made?.inputKey))).not.toBeNull();
  });
});
