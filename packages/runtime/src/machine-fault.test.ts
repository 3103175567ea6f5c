import { rm } from 'node:fs/promises';
import { systemClock } from '@inference/domain';
import { has, testFolder } from '@inference/testing';
import { expect, it } from 'vitest';
import { createDockerRuntime } from './docker/create-docker-runtime.ts';
import { machineFault } from './machine-fault.ts';
import { createProcessRuntime } from './process/create-process-runtime.ts';
import { Recorder } from './testing/recorder.ts';
import { scriptModel } from './testing/script-model.ts';
import { testModel, testOrder } from './testing/test-order.ts';

const never = new AbortController().signal;

it.skipIf(!has('root', 'unshare'))('is what a run meets whose folders have gone, in both runtimes', async () => {
  const modelsFolder = await testFolder();
  await scriptModel(modelsFolder);
  const options = { clock: systemClock, stopGraceMs: 300 };
  const inProcess = await createProcessRuntime({ ...options, modelsFolder });
  const inDocker = createDockerRuntime({ ...options, docker: { socketPath: '/nowhere' }, installationId: 'fault-test' });
  const sources = [{ kind: 'folder', folder: 'script' } as const, { kind: 'image', image: 'any:1' } as const];
  for (const [at, runtime] of [inProcess, inDocker].entries()) {
    const order = await testOrder({ model: testModel(sources[at]!), script: 'true' });
    await rm(order.folders.output, { recursive: true });
    const end = await runtime.run(order, 'any:1', new Recorder(), never);
    expect(end).toMatchObject({ kind: 'failed', failure: { class: 'infrastructure', reason: expect.stringContaining('ENOENT at') } });
    expect(JSON.stringify(end)).not.toContain(order.folders.output);
  }
});

it('does not hide a bug', () => {
  expect(() => machineFault(new TypeError('x is not a function'))).toThrow('x is not a function');
});
