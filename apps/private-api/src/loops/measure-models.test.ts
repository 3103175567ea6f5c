import { expect, it } from 'vitest';
import { finishAttempt } from '../services/finish-attempt.ts';
import { claimed, givenModel, givenTask, succeeded, testDeps } from '../testing/test-deps.ts';
import { measureModels } from './measure-models.ts';

const NO_TAILS = { stdout: [], stderr: [] };

async function lab() {
  const deps = await testDeps();
  await givenModel(deps);
  const run = async (seconds: number, outcome: 'succeed' | 'fail' = 'succeed') => {
    await givenTask(deps);
    const attempt = await claimed(deps);
    const failed = { kind: 'fail', failure: { class: 'model_error', reason: 'exit code 3' } } as const;
    await finishAttempt(deps, attempt, outcome === 'fail' ? failed : await succeeded(deps, attempt), NO_TAILS);
    await deps.db.$executeRaw`
      UPDATE attempt SET started_at = ended_at - make_interval(secs => ${seconds}::float8) WHERE token = ${attempt.token}`;
  };
  const model = async () => {
    const row = await deps.store.findModel('echo');
    return [row?.typicalMs, row?.longMs];
  };
  return { deps, run, model, pass: () => measureModels(deps).runOnce() };
}

it('notes how long half of the attempts of a model took that did well, and 95 of 100', async () => {
  const { run, model, pass } = await lab();
  for (const seconds of [10, 1, 2, 3, 90]) await run(seconds);
  await run(5_000, 'fail');
  await pass();
  expect(await model()).toEqual([3_000n, 90_000n]);
});

it('knows nothing of a model of which none did well, and keeps what it knew', async () => {
  const { deps, run, model, pass } = await lab();
  await run(1, 'fail');
  await pass();
  expect(await model()).toEqual([null, null]);
  await run(7);
  await pass();
  await deps.db.$executeRaw`UPDATE task SET purged_at = now()`;
  await pass();
  expect(await model()).toEqual([7_000n, 7_000n]);
});
