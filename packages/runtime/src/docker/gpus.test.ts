// What a real engine makes of an attempt's GPUs, up to where NVIDIA's toolkit would take over: a script stands in for that, and there is no GPU.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@inference/domain';
import { has, until } from '@inference/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunOrder } from '../model-runtime.ts';
import { type GpuEngine, startGpuEngine } from '../testing/gpu-engine.ts';
import { Recorder } from '../testing/recorder.ts';
import { testModel, testOrder } from '../testing/test-order.ts';
import { createDockerRuntime } from './create-docker-runtime.ts';

const MIG = 'MIG-0b1c2d3e-1111-5222-8333-444455556666';
const SEEN = 'env | grep -E "^(NVIDIA_VISIBLE_DEVICES|NV_GPU|CUDA_VISIBLE_DEVICES)="';
const NEVER = new AbortController().signal;
const ENGINE_START_MS = 60_000;

describe.skipIf(!has('docker', 'busybox', 'root'))('an engine with the toolkit of NVIDIA', () => {
  let engine: GpuEngine;
  beforeAll(async () => {
    engine = await startGpuEngine(['GPU-a', 'GPU-b', 'GPU-c', MIG]);
  }, ENGINE_START_MS);
  afterAll(() => engine?.stop(), ENGINE_START_MS);

  const open = () =>
    createDockerRuntime({ docker: { socketPath: engine.socketPath }, installationId: 'gpus', clock: systemClock, stopGraceMs: 300 });
  const orderOf = async (gpuUuids: string[], script = SEEN): Promise<RunOrder> => {
    const model = testModel({ kind: 'image', image: engine.image }, { useGpu: gpuUuids.length > 0 });
    return { ...(await testOrder({ model, script })), gpuUuids };
  };
  /** Once for each container: where this process may open few files, the engine is asked to start it a second time. */
  const askedSince = async (before: number) => [...new Set((await engine.handedOut()).slice(before))];
  const run = async (gpuUuids: string[], script = SEEN) => {
    const runtime = open();
    const order = await orderOf(gpuUuids, script);
    const [said, before] = [new Recorder(), (await engine.handedOut()).length];
    const end = await runtime.run(order, engine.image, said, NEVER);
    await runtime.release(order);
    return { end, lines: said.stdout.trim().split('\n').sort(), asked: await askedSince(before) };
  };

  it('hands a model the GPUs of its attempt, by their UUIDs and in their order', async () => {
    const { end, lines, asked } = await run(['GPU-b', 'GPU-a']);
    expect(end).toMatchObject({ kind: 'done', warnings: [] });
    expect(asked).toEqual(['GPU-b,GPU-a']);
    expect(lines).toEqual(['CUDA_VISIBLE_DEVICES=0,1', 'NVIDIA_VISIBLE_DEVICES=GPU-b,GPU-a', 'NV_GPU=GPU-b,GPU-a']);
  });

  it('hands out parts of GPUs (MIG)', async () => {
    expect(await run([MIG])).toMatchObject({ end: { kind: 'done' }, asked: [MIG] });
  });

  it('hands models that run at the same time what is their own, and nothing else', async () => {
    const runs = await Promise.all(['GPU-a', 'GPU-b', 'GPU-c'].map((uuid) => run([uuid], `${SEEN}; sleep 1`)));
    expect(runs.map(({ lines }) => lines.at(1))).toEqual(['GPU-a', 'GPU-b', 'GPU-c'].map((uuid) => `NVIDIA_VISIBLE_DEVICES=${uuid}`));
  });

  it('has a script for a toolkit that sees which GPU is handed out while another model still has it', async () => {
    const order = await orderOf(['GPU-a', 'GPU-b'], `${SEEN}; until [ -e /input/go ]; do sleep 0.1; done`);
    const [heard, before] = [new Recorder(), (await engine.shared()).length];
    const running = open().run(order, engine.image, heard, NEVER);
    await until('what it says', () => heard.stdout.includes('NV_GPU'));
    await run(['GPU-c']);
    expect((await engine.shared()).slice(before)).toEqual([]);
    await run(['GPU-b']);
    expect(new Set((await engine.shared()).slice(before))).toEqual(new Set(['GPU-b']));
    await writeFile(join(order.folders.input, 'go'), '');
    expect(await running).toMatchObject({ kind: 'done' });
    const told = (await engine.shared()).length;
    await run(['GPU-a', 'GPU-b']);
    expect((await engine.shared()).slice(told)).toEqual([]);
    await open().release(order);
  });

  it('hands a model without a GPU none', async () => {
    expect(await run([])).toMatchObject({ end: { kind: 'done' }, asked: [], lines: ['NVIDIA_VISIBLE_DEVICES=void'] });
  });

  it('refuses a GPU that is not there, which is a fault of the machine, and what is left of that goes', async () => {
    const { end } = await run(['GPU-a', 'GPU-z']);
    expect(end).toMatchObject({
      kind: 'failed',
      failure: { class: 'infrastructure', reason: expect.stringMatching(/^This machine could not give the model its GPU/) },
    });
    expect(await open().sweep([])).toBe(0);
  });

  it('leaves a model whose consumer dies its GPUs: the next one goes on with it on the same', async () => {
    const order = await orderOf(['GPU-c', 'GPU-a'], `${SEEN}; until [ -e /input/go ]; do sleep 0.1; done; echo done > /output/out.txt`);
    const [heard, before] = [new Recorder(), (await engine.handedOut()).length];
    // Nobody waits for it any more, as after a kill.
    void open()
      .run(order, engine.image, heard, NEVER)
      .catch(() => {});
    await until('what it says', () => heard.stdout.includes('NV_GPU'));
    const next = open();
    const adopted = await next.adopt(order);
    expect(await next.sweep([order])).toBe(0);
    await writeFile(join(order.folders.input, 'go'), '');
    const said = new Recorder();
    expect(await adopted?.follow(said, NEVER)).toMatchObject({ kind: 'done', warnings: [] });
    expect(said.stdout).toContain('NVIDIA_VISIBLE_DEVICES=GPU-c,GPU-a');
    expect(await askedSince(before)).toEqual(['GPU-c,GPU-a']);
    expect(await readFile(join(order.folders.output, 'out.txt'), 'utf8')).toBe('done\n');
    await next.release(order);
  });
});
