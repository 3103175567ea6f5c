// An attempt from its claim to its report, with the private API a process of its own for all that the consumer can tell.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClaimedAttempt, ControlPlane } from '@inference/contracts';
import { newId, OUTPUT_LIMITS, systemClock } from '@inference/domain';
import { controlPlaneHarness, type ServedApi, servePrivateApi } from '@inference/private-api/testing';
import type { ModelRuntime } from '@inference/runtime';
import { createLog } from '@inference/service';
import { testFolder, until } from '@inference/testing';
import { extractZip } from '@inference/zips';
import { describe, expect, it } from 'vitest';
import { DEFAULT_TIMING, type Deps } from './deps.ts';
import { openControlPlane } from './http-control-plane/testing/open-control-plane.ts';
import { Interrupter } from './interruption.ts';
import { ModelFiles } from './model-files.ts';
import { runAttempt } from './run-attempt.ts';
import { Slot } from './slot.ts';

/** A platform with a claimed task, and a consumer whose models do `work` in the place of a program. */
async function setup(work: (input: string) => Promise<string>) {
  let api: ServedApi | null = null;
  const platform = await controlPlaneHarness(async (deps) => {
    api = await servePrivateApi(deps);
    return openControlPlane(api.url);
  });
  const served = api as unknown as ServedApi;
  const { uid } = await platform.givenTask();
  const claimed = (await platform.control.claim({
    claimId: newId(),
    consumerId: 'c1',
    bootId: 'b1',
    pools: ['docker-cpu'],
  })) as ClaimedAttempt;
  const workFolder = await testFolder();
  await mkdir(join(workFolder, 'attempts'));
  const runtime: Pick<ModelRuntime, 'prepare' | 'run' | 'release'> = {
    prepare: async () => ({ kind: 'ready', image: 'echo@sha256:1' }),
    run: async (order, _image, observer, signal) => {
      observer.onOutput('stdout', 'at work\n');
      const output = await work(await readFile(join(order.folders.input, 'in.txt'), 'utf8'));
      if (signal.aborted) return { kind: 'stopped' };
      await writeFile(join(order.folders.output, 'out.txt'), output);
      return { kind: 'done', warnings: [] };
    },
    release: async () => {},
  };
  const deps = {
    control: platform.control as ControlPlane,
    workFolder,
    modelFiles: new ModelFiles(join(workFolder, 'models'), 1e9),
    clock: systemClock,
    log: createLog({ level: 'silent' }),
    outputLimits: OUTPUT_LIMITS,
    timing: { ...DEFAULT_TIMING, renewMs: 20 },
  } as unknown as Deps;
  const interrupter = new Interrupter();
  const run = async () => {
    const rest = { interrupter, place: new Slot([]).take() };
    const cleanUp = await runAttempt(deps, claimed, { runtime: runtime as ModelRuntime, ...rest });
    await cleanUp();
  };
  const restart = async () => {
    await served.stop();
    await servePrivateApi(platform.deps, { port: served.port });
  };
  /** The file that the model wrote, as the task's user gets it. */
  const result = async () => {
    const folder = await testFolder();
    await writeFile(join(folder, 'out.zip'), (await platform.output(uid)) ?? '');
    await extractZip(join(folder, 'out.zip'), join(folder, 'out'));
    return await readFile(join(folder, 'out', 'out.txt'), 'utf8');
  };
  return { ...platform, uid, served, interrupter, run, restart, result };
}

describe('an attempt', () => {
  it('ends with what the model made of the input, and with what it printed', async () => {
    const { run, result, rows, uid } = await setup(async (input) => input.toUpperCase());
    await run();
    expect(await result()).toBe('HELLO');
    expect(await rows(uid)).toMatchObject({ state: 'succeeded', pinnedImage: 'echo@sha256:1', attempts: [{ stdoutTail: ['at work'] }] });
  });

  it('loses nothing when the private API is away while the model runs, and for its output and report', async () => {
    const at = Promise.withResolvers<void>();
    const { run, result, served, restart, rows, uid } = await setup(async (input) => {
      await served.stop();
      at.resolve();
      return input;
    });
    const running = run();
    await at.promise;
    await restart();
    await running;
    expect(await result()).toBe('hello');
    expect(await rows(uid)).toMatchObject({ state: 'succeeded', attempt: 1, infrastructureFaults: 0 });
  });

  it('is stopped when its user cancels the task', async () => {
    const { run, cancel, interrupter, rows, uid } = await setup(async (input) => {
      await cancel(uid);
      await until('the interruption', () => interrupter.reason === 'cancelled');
      return input;
    });
    await run();
    expect((await rows(uid)).state).toBe('cancelled');
  });
});
