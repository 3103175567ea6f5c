import { Readable } from 'node:stream';
import type { Tx } from '@inference/database';
import { zipOf } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { directControlPlane } from '../direct-control-plane.ts';
import { registerModel } from '../services/register-model.ts';
import { retryTask } from '../services/retry-task.ts';
import { claimed, givenModel, givenTask, succeeded, TESTER, testDeps } from '../testing/test-deps.ts';
import { countByPool } from './operation-store.ts';
import { findPurgeable, findReferencedKeys } from './purge-store.ts';

const MODEL = { humanReadableId: 'echo', image: 'group/echo:1', description: '', useGpu: false, loosened: [], limits: {}, retriesMax: 0 };

describe('the keys that rows name', () => {
  it('are those of models, inputs and outputs that count, found without reading all tasks', async () => {
    const deps = await testDeps();
    const zip = await zipOf({ 'model.txt': 'weights' });
    const upload = await deps.files.receive(Readable.from([zip]), zip.length);
    const { uid: model } = await registerModel(deps, { ...MODEL, zip: { upload, name: 'model.zip' } }, TESTER);
    const uid = await givenTask(deps);
    const attempt = await claimed(deps);
    const outcome = await succeeded(deps, attempt);
    await directControlPlane(deps).report(attempt, outcome, { stdout: [], stderr: [] });
    const sender = { owner: TESTER.owner, clientKey: null, queuedMax: null, runningMax: null };
    const { uid: retry } = await retryTask(deps, uid, { viewer: null, sender, by: TESTER });
    const purged = await givenTask(deps);
    await deps.db.$executeRaw`
      UPDATE task SET state = 'cancelled', failure_class = 'cancelled', failure_reason = '', finished_at = now(), purged_at = now()
      WHERE uid = ${purged}`;

    const named = [`models/${model}.zip`, `inputs/${uid}.zip`, `inputs/${retry}.zip`, outcome.output.key];
    const others = [`inputs/${purged}.zip`, `outputs/${uid}.2.${'0'.repeat(64)}.zip`, 'inputs/none.zip', `models/${uid}.zip`];
    await deps.db.$transaction(async (tx) => {
      // Of a table this small, all is read wherever that can be done at all: now only where no index leads to the rows.
      await tx.$executeRaw`SET LOCAL enable_seqscan = off`;
      expect(await findReferencedKeys(tx, [...named, ...others])).toEqual(new Set(named));
      const [read] = await tx.$queryRaw<{ rows: number }[]>`
        SELECT seq_tup_read::int AS rows FROM pg_stat_xact_user_tables WHERE relid = 'task'::regclass`;
      expect(read?.rows).toBe(0);
    });
  });
});

describe('of tasks that have ended and are kept', () => {
  it.each([
    ['the search for those that may be purged', (tx: Tx) => findPurgeable(tx, 3600, 100), []],
    ['the queue', (tx: Tx) => countByPool(tx, ['docker-cpu'], 24), [expect.objectContaining({ queued: 1, running: 0 })]],
  ])('none is read by %s', async (_what, ask, found) => {
    const deps = await testDeps();
    await givenModel(deps);
    const uid = await givenTask(deps);
    await deps.db.$executeRaw`
      INSERT INTO task (uid, model_id, owner, pool, state, failure_class, failure_reason, finished_at, order_key, input_key, input_bytes, input_sha256)
      SELECT 'ended' || n, model_id, owner, pool, 'failed', 'model_error', '', now(), order_key, input_key, input_bytes, input_sha256
      FROM task, generate_series(1, 1000) AS n WHERE task.uid = ${uid}`;
    await deps.db.$transaction(async (tx) => {
      await tx.$executeRaw`SET LOCAL enable_seqscan = off`;
      expect(await ask(tx)).toEqual(found);
      const [read] = await tx.$queryRaw<{ rows: number }[]>`
        SELECT (seq_tup_read + idx_tup_fetch)::int AS rows FROM pg_stat_xact_user_tables WHERE relid = 'task'::regclass`;
      expect(read?.rows).toBeLessThan(10);
    });
  });
});
