import { chmod, lstat, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ModelRuntime, RunEnd } from './model-runtime.ts';
import { Recorder } from './testing/recorder.ts';
import { testModel, testOrder } from './testing/test-order.ts';
import { withHandedFolders } from './with-handed-folders.ts';

const LOST: RunEnd = { kind: 'failed', failure: { class: 'infrastructure', reason: 'Docker did not answer within 10 s.' }, mayLive: true };

/** A runtime of a process that is not root, and an order whose model closes a folder of its output and ends like this. */
async function asUser(end: RunEnd) {
  const getuid = vi.spyOn(process, 'getuid').mockReturnValue(1000);
  onTestFinished(() => void getuid.mockRestore());
  const order = await testOrder({ model: testModel({ kind: 'image', image: 'any:1' }), script: '' });
  const closed = join(order.folders.output, 'closed');
  await mkdir(closed);
  await chmod(closed, 0o000);
  const bare: Partial<ModelRuntime> = { run: async () => end, adopt: async () => null, release: async () => {} };
  const runtime = withHandedFolders(bare as ModelRuntime);
  const run = () => runtime.run(order, 'any:1', new Recorder(), new AbortController().signal);
  return { runtime, order, run, mode: async () => (await lstat(closed)).mode & 0o777 };
}

describe('the output of a model', () => {
  it('is opened to the consumer once nothing of the model lives', async () => {
    const { run, mode } = await asUser({ kind: 'done', warnings: [] });
    expect([await run(), await mode()]).toEqual([{ kind: 'done', warnings: [] }, 0o700]);
  });

  it('is left alone where something of the model may live, as the end goes on to say, and opened once that is gone', async () => {
    const { runtime, order, run, mode } = await asUser(LOST);
    expect([await run(), await mode()]).toEqual([LOST, 0]);
    await runtime.release(order);
    expect(await mode()).toBe(0o700);
  });

  it('is opened, to be removed, once a model is released that an earlier process has started and that is gone', async () => {
    const { runtime, order, mode } = await asUser(LOST);
    expect([await runtime.adopt(order), await mode()]).toEqual([null, 0]);
    await runtime.release(order);
    expect(await mode()).toBe(0o700);
  });
});
