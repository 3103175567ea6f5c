import { Readable } from 'node:stream';
import { zipOf } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { directControlPlane } from '../direct-control-plane.ts';
import { registerModel } from '../services/register-model.ts';
import { retryTask } from '../services/retry-task.ts';
import { claimed, givenTask, succeeded, TESTER, testDeps } from '../testing/test-deps.ts';
import { findReferencedKeys } from './purge-store.ts';

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
