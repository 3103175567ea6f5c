import { MODEL_LIMITS } from '@inference/domain';
import type { RunObserver, RunOrder } from '@inference/runtime';
import { describe, expect, it } from 'vitest';
import { ProcessLife } from './process-life.ts';
import { Random } from './random.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { SimulatedEngine } from './simulated-engine.ts';
import { INPUT_FILE } from './simulated-zips.ts';
import { Timeline } from './timeline.ts';

const SEEDS = 40;
const LONG_MS = 60_000;
const NOBODY: RunObserver = { onProgress: () => {}, onOutput: () => {}, onClosing: () => {}, onHung: () => {} };
const NEVER = new AbortController().signal;

/** Runs a model that hangs on an engine that loses replies from then on; says how that seemed to end, and what was there once all was tried. */
async function runOnBadEngine(seed: number) {
  const timeline = new Timeline();
  const disk = new SimulatedDisk(timeline, new Random(seed), '/consumer');
  disk.put(`/consumer/${INPUT_FILE}`, Buffer.from('hang'));
  const engine = new SimulatedEngine(timeline, new Random(seed), { disk, slots: 1 });
  const runtime = engine.seenBy(new ProcessLife(timeline));
  const folders = { input: '/consumer', output: '/consumer/output', model: null };
  const order = {
    taskUid: 'one',
    attempt: 1,
    model: { limits: MODEL_LIMITS },
    pinnedImage: null,
    gpuUuids: [],
    folders,
  } as unknown as RunOrder;
  const seen = { mayLive: false, isRunning: false, releases: 0 };
  engine.losesReplies = true;
  void runtime.run(order, 'image', NOBODY, NEVER).then((end) => {
    seen.mayLive = end.kind === 'failed' && end.mayLive === true;
    seen.isRunning = engine.containers().some(({ isRunning }) => isRunning);
    void releaseSurely();
  });
  const releaseSurely = async (): Promise<void> => {
    seen.releases += 1;
    await runtime.release(order).catch(releaseSurely);
  };
  await timeline.pass(LONG_MS);
  return { ...seen, left: engine.containers().length };
}

describe('an engine that loses replies', () => {
  it('leaves models of which nobody knows whether they live, until a removal is answered', async () => {
    const ends = await Promise.all(Array.from({ length: SEEDS }, (_, seed) => runOnBadEngine(seed)));
    const unknown = ends.filter(({ mayLive }) => mayLive);
    expect(unknown.filter(({ isRunning }) => isRunning).length, 'some run on').toBeGreaterThan(0);
    expect(unknown.filter(({ isRunning }) => !isRunning).length, 'some were never started').toBeGreaterThan(0);
    expect(unknown.filter(({ releases }) => releases > 1).length, 'some removals are not answered').toBeGreaterThan(0);
    expect(unknown.filter(({ left }) => left > 0)).toEqual([]);
  });
});
