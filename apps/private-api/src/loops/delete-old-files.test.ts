import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClaimedAttempt } from '@inference/contracts';
import { AppError, type Outcome } from '@inference/domain';
import { FakeClock, until } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import type { Deps } from '../deps.ts';
import { directControlPlane } from '../direct-control-plane.ts';
import { deleteTask } from '../services/delete-task.ts';
import { downloadOutput } from '../services/download-output.ts';
import { keepLive } from '../services/keep-live.ts';
import { requeueTask } from '../services/requeue-task.ts';
import { viewTask } from '../services/view-task.ts';
import { claimed, givenModel, givenTask, succeeded, TESTER, type TestDeps, testDeps } from '../testing/test-deps.ts';
import { deleteOldFiles } from './delete-old-files.ts';

/** Times that both are tried at once. */
const ROUNDS = 30;
const MODEL_ERROR: Outcome = { kind: 'fail', failure: { class: 'model_error', reason: 'exit code 3', exitCode: 3 } };

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
  const fail = () => report(deps, attempt, MODEL_ERROR);
  await deps.db.task.update({ where: { uid }, data: { labels: { of: 'Patient 4711' } } });
  /** All that the database has of tasks. */
  const everything = async () => {
    const rows = await deps.db.task.findMany({ include: { attempts: true, events: true, logPieces: true } });
    return JSON.stringify(rows, (_key, value) => (typeof value === 'bigint' ? String(value) : value));
  };
  return {
    deps,
    uid,
    attempt,
    finish,
    fail,
    countFiles,
    everything,
    pass: (orphanAgeMs?: number) => deleteOldFiles(deps, orphanAgeMs).runOnce(),
  };
}

function report(deps: Deps, attempt: ClaimedAttempt, outcome: Outcome): Promise<'recorded' | 'stale'> {
  return directControlPlane(deps).report(attempt, outcome, { stdout: [], stderr: [] });
}

/** Lets a model print, tell its progress, and fail. */
async function tell(deps: Deps, attempt: ClaimedAttempt): Promise<void> {
  const piece = { stream: 'stdout', offset: 0, text: 'printed of patient 4711\n', open: false } as const;
  await keepLive(deps, attempt, { pieces: [piece], progress: { fraction: 0.5, text: 'printed of patient 4711' } });
  const failure = { class: 'model_error', reason: 'Patient 4711 is too large.', exitCode: 3 } as const;
  const line = 'printed of patient 4711';
  await directControlPlane(deps).report(attempt, { kind: 'fail', failure }, { stdout: [line], stderr: [line] });
}

/** Puts a task back into the queue; answers why not, or null. */
function requeue(deps: Deps, uid: string): Promise<string | null> {
  return requeueTask(deps, uid, null, TESTER).then(
    () => null,
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );
}

/** Sessions that wait for a lock. */
async function waiting({ db }: TestDeps): Promise<number> {
  const [row] = await db.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS count FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
  return row?.count ?? 0;
}

/** The same with files of which one cannot be deleted. */
function stuckOn(deps: Deps, stuckKey: string): Deps {
  const files = new Proxy(deps.files, {
    get: (target, name) => {
      if (name !== 'delete') return Reflect.get(target, name).bind(target);
      return (key: string) => (key === stuckKey ? Promise.reject(new Error(`EPERM: ${key}`)) : target.delete(key));
    },
  });
  return { ...deps, files };
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

  it('removes all but the file that cannot be deleted, tells of it, and tries again', async () => {
    const { deps, uid, attempt, fail, pass } = await setup();
    await succeeded(deps, attempt);
    await fail();
    const later = await givenTask(deps);
    await report(deps, await claimed(deps), MODEL_ERROR);
    await deps.db.$executeRaw`UPDATE task SET finished_at = now() - interval '2 hours' - (uid = ${uid})::int * interval '1 hour'`;
    const stuck = (await deps.db.task.findUniqueOrThrow({ where: { uid } })).inputKey;
    await expect(deleteOldFiles(stuckOn(deps, stuck), -1000).runOnce()).rejects.toThrow(`EPERM: ${stuck}`);
    const isPurged = async (of: string) => (await deps.db.task.findUniqueOrThrow({ where: { uid: of } })).purgedAt !== null;
    expect([await isPurged(uid), await isPurged(later)]).toEqual([false, true]);
    expect(await readdir(join(deps.folder, 'outputs'))).toEqual([]);
    await pass();
    expect(await isPurged(uid)).toBe(true);
  });

  it('looks at all files for at most a sixtieth of the time', async () => {
    const { deps } = await setup();
    const clock = new FakeClock();
    let sweeps = 0;
    const sweep = async () => {
      clock.advance(10_000);
      sweeps += 1;
      return 0;
    };
    const files = new Proxy(deps.files, { get: (target, name) => (name === 'sweep' ? sweep : Reflect.get(target, name).bind(target)) });
    const loop = deleteOldFiles({ ...deps, files, clock });
    for (let minute = 0; minute < 20; minute++) {
      await loop.runOnce();
      clock.advance(60_000);
    }
    expect(sweeps).toBe(2);
  });

  it('ends soon when it is told to stop, and goes on in the next pass', async () => {
    const { deps, uid, fail, pass } = await setup();
    await fail();
    await deps.db.$executeRaw`UPDATE task SET finished_at = now() - interval '2 hours'`;
    await writeFile(join(deps.folder, 'inputs', `${'o'.repeat(43)}.zip`), 'an orphan');
    await deleteOldFiles(deps, -1000).runOnce(AbortSignal.abort());
    expect(await readdir(join(deps.folder, 'inputs'))).toHaveLength(2);
    expect((await deps.db.task.findUniqueOrThrow({ where: { uid } })).purgedAt).toBeNull();
    await pass(-1000);
    expect(await readdir(join(deps.folder, 'inputs'))).toEqual([]);
  });

  it('comes to the tasks behind any number of those whose files cannot be deleted', async () => {
    const { deps, uid, fail } = await setup();
    await fail();
    const later = await givenTask(deps);
    await report(deps, await claimed(deps), MODEL_ERROR);
    await deps.db.$executeRaw`UPDATE task SET finished_at = now() - interval '2 hours' - (uid = ${uid})::int * interval '1 hour'`;
    const { inputKey: stuck } = await deps.db.task.findUniqueOrThrow({ where: { uid } });
    // As many as a pass takes, together with the first.
    await deps.db.$executeRaw`
      INSERT INTO task (uid, model_id, owner, pool, state, failure_class, failure_reason, finished_at, order_key, input_key, input_bytes, input_sha256)
      SELECT 'stuck' || n, model_id, owner, pool, state, failure_class, failure_reason, finished_at, order_key, input_key, input_bytes, input_sha256
      FROM task, generate_series(1, 499) AS n WHERE task.uid = ${uid}`;
    const loop = deleteOldFiles(stuckOn(deps, stuck));
    const isPurged = async () => (await deps.db.task.findUniqueOrThrow({ where: { uid: later } })).purgedAt !== null;
    await expect(loop.runOnce()).rejects.toThrow('EPERM');
    expect(await isPurged()).toBe(false);
    await expect(loop.runOnce()).rejects.toThrow('EPERM');
    expect(await isPurged()).toBe(true);
  });

  it('leaves nothing of what a model printed once the time of a task is over, and keeps why it failed', async () => {
    const { deps, uid, attempt, pass, everything } = await setup();
    await tell(deps, attempt);
    await deps.db.$executeRaw`UPDATE task SET finished_at = now() - interval '2 hours'`;
    await pass();
    expect(await everything()).not.toContain('printed');
    expect(await viewTask(deps, uid, null)).toMatchObject({
      state: 'failed',
      failureReason: 'Patient 4711 is too large.',
      labels: { of: 'Patient 4711' },
    });
  });

  it.each([
    ['that has ended', true, false],
    ['whose time was over before', true, true],
    ['that still runs, once it has ended', false, false],
  ])('leaves no word of a deleted task %s but that it was there', async (_what, isEnded, isOld) => {
    const { deps, uid, attempt, pass, everything } = await setup();
    if (isEnded) await tell(deps, attempt);
    if (isOld) {
      await deps.db.$executeRaw`UPDATE task SET finished_at = now() - interval '2 hours'`;
      await pass();
    }
    await deleteTask(deps, uid, null, TESTER);
    // The pieces of its log, the last of a row, go with its files.
    if (isEnded) expect((await everything()).split('"logPieces"')[0]).not.toMatch(/4711/);
    else await tell(deps, attempt);
    await pass();
    expect(await everything()).not.toMatch(/4711|printed/);
    const [row] = await deps.db.task.findMany({ where: { uid } });
    expect(row).toMatchObject({ owner: 'tester', state: isEnded ? 'failed' : 'cancelled', attempt: 1 });
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

  it('takes nothing from a task that is put back into the queue at the same moment, or lets nobody put it back', async () => {
    const { deps, fail, pass } = await setup();
    await fail();
    for (let round = 0; round < ROUNDS; round++) {
      const uid = await givenTask(deps);
      await report(deps, await claimed(deps), MODEL_ERROR);
      await deps.db.$executeRaw`UPDATE task SET finished_at = now() - interval '2 hours' WHERE uid = ${uid}`;
      const [, refused] = await Promise.all([pass(), requeue(deps, uid)]);
      const { state, purgedAt, inputKey } = await deps.db.task.findUniqueOrThrow({ where: { uid } });
      const found = [refused, state, purgedAt !== null, (await deps.files.size(inputKey)) !== null];
      if (refused === null) await report(deps, await claimed(deps), MODEL_ERROR);
      expect([
        [null, 'queued', false, true],
        ['input_expired', 'failed', true, false],
      ]).toContainEqual(found);
    }
  });

  it('lets an operator who wants a task back while its files are deleted wait, and then refuses', async () => {
    const { deps, uid, fail } = await setup();
    await fail();
    await deps.db.$executeRaw`UPDATE task SET finished_at = now() - interval '2 hours'`;
    let asked: Promise<string | null> | null = null;
    const files = new Proxy(deps.files, {
      get: (target, name) => {
        if (name !== 'delete') return Reflect.get(target, name).bind(target);
        return async (key: string) => {
          asked ??= requeue(deps, uid);
          const waits = until('the operator to wait', async () => (await waiting(deps)) > 0);
          await Promise.race([asked, waits]);
          await target.delete(key);
        };
      },
    });
    await deleteOldFiles({ ...deps, files }).runOnce();
    expect(await asked).toBe('input_expired');
    expect((await deps.db.task.findUniqueOrThrow({ where: { uid } })).state).toBe('failed');
  });

  it('refuses to put back a task whose input went before a crash that kept its row from saying so', async () => {
    const { deps, uid, fail } = await setup();
    await fail();
    await deps.files.delete((await deps.db.task.findUniqueOrThrow({ where: { uid } })).inputKey);
    expect(await requeue(deps, uid)).toBe('input_expired');
    expect((await deps.db.task.findUniqueOrThrow({ where: { uid } })).state).toBe('failed');
  });

  it('keeps the name of a task whose files went: the same input under it is the same task, not a new one', async () => {
    const { deps, uid, finish, pass } = await setup();
    await finish();
    await deps.db.$executeRaw`UPDATE task SET client_key = 'study', finished_at = now() - interval '2 hours'`;
    await pass();
    const { modelId, inputSha256 } = await deps.db.task.findUniqueOrThrow({ where: { uid } });
    const same = {
      owner: 'tester',
      clientKey: 'study',
      modelId,
      labels: { of: 'Patient 4711' },
      timeLimitMs: null,
      deadlineMs: null,
      asks: {},
      priority: 0,
    };
    expect(await deps.store.findByClientKey({ ...same, sha256: inputSha256 })).toEqual({ uid, isSame: true });
  });

  it('removes the outputs of attempts that did not count, once they are old, and keeps the one that does', async () => {
    const { deps, uid, attempt, pass } = await setup();
    await succeeded(deps, attempt, 'of a consumer that was lost before its report');
    await report(deps, attempt, { kind: 'fail', failure: { class: 'infrastructure', reason: 'the disk broke' } });
    const second = await claimed(deps);
    await succeeded(deps, second, 'uploaded once more');
    await report(deps, second, await succeeded(deps, second, 'the one that counts'));
    const outputs = () => readdir(join(deps.folder, 'outputs'));
    await pass();
    expect(await outputs()).toHaveLength(3);
    await pass(-1000);
    const { outputKey } = await deps.db.task.findUniqueOrThrow({ where: { uid } });
    expect((await outputs()).map((name) => `outputs/${name}`)).toEqual([outputKey]);
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
