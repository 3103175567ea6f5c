import type { ModelUsageView } from '@inference/contracts';
import { UNKNOWN_USAGE } from '@inference/domain';
import { describe, expect, it } from 'vitest';
import { finishAttempt } from '../services/finish-attempt.ts';
import { claimed, givenModel, givenTask, succeeded, testDeps } from '../testing/test-deps.ts';
import { ADMIN_KEY, v1Client } from '../testing/v1-client.ts';

const TAILS = { stdout: [], stderr: [] };
const MIB = 1024 ** 2;

async function setup() {
  const deps = await testDeps({ adminKey: ADMIN_KEY });
  await givenModel(deps);
  return { deps, ...(await v1Client(deps)) };
}

describe('what attempts used', () => {
  it('is shown with the task, of attempts that did well and of those that failed', async () => {
    const { deps, ask } = await setup();
    const uid = await givenTask(deps);
    const usage = { memoryPeakBytes: 64 * MIB, cpuSeconds: 1.5, gpuMemoryPeakBytes: null, outputBytes: null, runMs: 2_500 };
    const failure = { class: 'out_of_memory', reason: 'too much' } as const;
    await finishAttempt(deps, await claimed(deps), { kind: 'fail', failure, usage }, TAILS);
    expect((await ask(`/tasks/${uid}`)).json().attempts[0]?.usage).toEqual({
      memory_peak_bytes: 64 * MIB,
      cpu_seconds: 1.5,
      gpu_memory_peak_bytes: null,
      output_bytes: null,
      run_seconds: 2.5,
    });
  });

  it('is null where an older consumer told nothing', async () => {
    const { deps, ask } = await setup();
    const uid = await givenTask(deps);
    const lease = await claimed(deps);
    await finishAttempt(deps, lease, await succeeded(deps, lease), TAILS);
    expect((await ask(`/tasks/${uid}`)).json()).toMatchObject({ state: 'succeeded', attempts: [{ usage: null }] });
    expect((await ask('/models/echo/usage')).json<ModelUsageView>()).toMatchObject({ attempts: 0, run_seconds: null });
  });

  it('is summed up for the model, of what did well and is known', async () => {
    const { deps, ask } = await setup();
    for (let count = 1; count <= 20; count++) {
      await givenTask(deps);
      const lease = await claimed(deps);
      const usage = { ...UNKNOWN_USAGE, memoryPeakBytes: count * MIB, runMs: count * 1_000 };
      await finishAttempt(deps, lease, { ...(await succeeded(deps, lease)), usage }, TAILS);
    }
    expect((await ask('/models/echo/usage')).json<ModelUsageView>()).toMatchObject({
      model: 'echo',
      attempts: 20,
      memory_peak_bytes: { p50: 10 * MIB, p95: 19 * MIB, max: 20 * MIB },
      run_seconds: { p50: 10, p95: 19, max: 20 },
      cpu_seconds: null,
      limits: { memory_bytes: expect.any(Number) },
    });
    expect((await ask('/models/nobody/usage')).status).toBe(404);
  });
});
