import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { directControlPlane } from '../direct-control-plane.ts';
import { deleteTask } from '../services/delete-task.ts';
import { downloadOutput } from '../services/download-output.ts';
import { claimed, givenModel, givenTask, succeeded, TESTER, testDeps } from '../testing/test-deps.ts';
import { deleteOldFiles } from './delete-old-files.ts';

async function setup() {
  const deps = await testDeps({ keepFilesSeconds: 3600 });
  await givenModel(deps);
  const uid = await givenTask(deps);
  const attempt = await claimed(deps);
  const finish = async () => directControlPlane(deps).report(attempt, await succeeded(deps, attempt), { stdout: [], stderr: [] });
  const countFiles = async () => {
    const kinds = await Promise.all(['tmp', 'inputs', 'outputs', 'models'].map((kind) => readdir(join(deps.folder, kind))));
    return kinds.flat().length;
  };
  return { deps, uid, attempt, finish, countFiles, pass: (orphanAgeMs?: number) => deleteOldFiles(deps, orphanAgeMs).runOnce() };
}

describe('delete-old-files', () => {
  it('keeps the files of tasks that wait, run, or ended lately', async () => {
    const { finish, countFiles, pass } = await setup();
    await pass(0);
    expect(await countFiles()).toBe(1);
    await finish();
    await pass(0);
    expect(await countFiles()).toBe(2);
  });

  it('removes the files of a task that ended long ago, whose output then counts as gone', async () => {
    const { deps, uid, finish, countFiles, pass } = await setup();
    await finish();
    await deps.db.$executeRaw`UPDATE task SET finished_at = now() - interval '2 hours'`;
    await pass();
    expect(await countFiles()).toBe(0);
    expect(await downloadOutput(deps, uid, null)).toMatchObject({ kind: 'none', error: { status: 553 } });
  });

  it('removes the files of a deleted task only once its attempt is over', async () => {
    const { deps, uid, attempt, countFiles, pass } = await setup();
    await deleteTask(deps, uid, null, TESTER);
    await pass();
    expect(await countFiles()).toBe(1);
    const cancelled = { kind: 'fail', failure: { class: 'cancelled', reason: 'cancelled' } } as const;
    await directControlPlane(deps).report(attempt, cancelled, { stdout: [], stderr: [] });
    await pass();
    expect(await countFiles()).toBe(0);
  });

  it('removes an output that no report named, once it is old', async () => {
    const { deps, attempt, countFiles, pass } = await setup();
    await succeeded(deps, attempt);
    await pass();
    expect(await countFiles()).toBe(2);
    await pass(-1000);
    expect(await countFiles()).toBe(1);
  });
});
