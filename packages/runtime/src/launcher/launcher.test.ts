import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { testFolder } from '@inference/testing';
import { expect, it } from 'vitest';
import type { ModelRuntime } from '../model-runtime.ts';
import { Recorder } from '../testing/recorder.ts';
import { sentOrder } from '../testing/sent-order.ts';
import { CONSUMER } from '../testing/test-launcher.ts';
import { testModel, testOrder } from '../testing/test-order.ts';
import { Launcher } from './launcher.ts';

/** A launcher whose runtime prepares once `open` is called; `calls` has what was asked of it, and what was done. */
async function setup() {
  const workFolder = join(await testFolder(), 'work');
  await mkdir(join(workFolder, CONSUMER), { recursive: true });
  const [calls, gate] = [[] as string[], Promise.withResolvers<void>()];
  const runtime = {
    prepare: async () => {
      calls.push('prepare');
      await gate.promise;
      calls.push('prepared');
      return { kind: 'ready', image: 'any:1' };
    },
    release: async () => void calls.push('release'),
  } as unknown as ModelRuntime;
  const rules = { workFolder, gpuUuids: [], loosenAllowed: [], memoryBytesMax: null, pidsMax: null };
  const launcher = new Launcher({ rules, containersMax: 1, runtimeFor: async () => runtime, onRefused: () => {} });
  const order = await testOrder({
    model: testModel({ kind: 'image', image: 'any:1' }),
    script: '',
    workFolder: join(workFolder, CONSUMER),
  });
  const caller = { consumer: CONSUMER, boot: 'boot' };
  const prepare = (signal = new AbortController().signal) =>
    launcher.prepare({ ...caller, sent: sentOrder(order) } as Parameters<Launcher['prepare']>[0], new Recorder(), signal);
  const release = () => launcher.release({ ...caller, attempt: order });
  return { calls, open: gate.resolve, prepare, release };
}

it('releases an attempt after what still prepares it: the container that this makes would stay', async () => {
  const { calls, open, prepare, release } = await setup();
  const both = [prepare(), release()];
  open();
  await Promise.all(both);
  expect(calls).toEqual(['prepare', 'prepared', 'release']);
});

it('prepares nothing for who has gone while something else was done with the attempt', async () => {
  const { calls, open, prepare, release } = await setup();
  const stop = new AbortController();
  const [first, second, released] = [prepare(), prepare(stop.signal), release()];
  stop.abort(new Error('gone'));
  open();
  await expect(second).rejects.toThrow('gone');
  await Promise.all([first, released]);
  expect(calls).toEqual(['prepare', 'prepared', 'release']);
});

it('has one container for an attempt, however often that is prepared', async () => {
  const { calls, open, prepare } = await setup();
  open();
  await Promise.all([prepare(), prepare()]);
  expect(calls).toEqual(['prepare', 'prepared', 'release', 'prepare', 'prepared']);
});
