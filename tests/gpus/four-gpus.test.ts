// What docs/gpus.md says of four GPUs, and a container that does not go: with real containers, only the driver and the toolkit are scripts. Models run
// until they are let end.

import { has } from '@inference/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { GpuLab } from './lab/gpu-lab.ts';
import { HeldTask } from './lab/held-task.ts';
import { stickContainer } from './lab/stick-container.ts';

/** So long each may take, in milliseconds, on a machine with other things to do. */
const LONGEST_MS = 600_000;
/** Time limits, in seconds: by them it is decided who would delay whom. */
const [SHORT, MIDDLE, LONG] = [60, 1_200, 3_600];

describe.skipIf(!has('docker', 'busybox', 'root', 'rabbitmq'))('four GPUs', { timeout: LONGEST_MS }, () => {
  let lab: GpuLab;
  beforeAll(async () => {
    lab = await GpuLab.open({ nodes: 1, gpusEach: 4 });
  }, LONGEST_MS);
  afterAll(() => lab?.[Symbol.asyncDispose](), LONGEST_MS);
  const send = async (gpus: number, limitSeconds: number) => {
    const task = await HeldTask.send(lab, { gpus, limitSeconds });
    onTestFinished(() => task.cancel(), LONGEST_MS);
    return task;
  };

  it('serve A, who has two, and C, who asks for one, at once: B, who waits for three, is not delayed by it', async () => {
    const a = await (await send(2, MIDDLE)).started();
    const b = await send(3, SHORT);
    const c = await (await send(1, LONG)).started();
    expect([await a.state(), await b.state()]).toEqual(['running', 'queued']);
    expect(new Set([...(await a.cards()), ...(await c.cards())]).size).toBe(3);
    await a.end();
    await b.started();
    // C still has its own.
    expect(new Set([...(await b.cards()), ...(await c.cards())])).toEqual(new Set(lab.nodes[0]!.uuids));
    for (const task of [b, c]) await task.end();
    expect(await lab.engine.shared()).toEqual([]);
  });

  it('keep C waiting where it would delay B, and serve at once whose time limit ends it before A', async () => {
    const a = await (await send(2, MIDDLE)).started();
    const d = await (await send(1, LONG)).started();
    const b = await send(3, SHORT);
    const c = await send(1, LONG);
    const short = await (await send(1, SHORT)).started();
    await short.end();
    // One is idle again.
    expect(await c.explanation()).toMatchObject({ blocker: 'reserved', machine: 'node-1' });
    expect(await Promise.all([a, d, b, c].map((task) => task.state()))).toEqual(['running', 'running', 'queued', 'queued']);
    await a.end();
    await b.started();
    expect(await c.state()).toBe('queued');
    await d.end();
    await c.started();
    for (const task of [b, c]) await task.end();
    expect(await lab.engine.shared()).toEqual([]);
  });

  it('stay with a container that cannot be removed, until it can: its task is run again on another, and the others go on', async () => {
    const a = await (await send(1, SHORT)).started();
    const kept = await a.cards();
    const stuck = await stickContainer(lab, a.sent);
    const said = () => lab.nodes[0]!.consumer.output;
    try {
      // The consumer does not see how it ends.
      lab.wire.cut();
      await (await a.started(2)).end(kept);
      const others = await (await send(3, SHORT)).started();
      expect([...(await others.cards()), ...kept].toSorted()).toEqual(lab.nodes[0]!.uuids);
      await others.end();
      const all = await send(4, SHORT);
      const reason = 'Waiting: other tasks hold what it asks for on node-1.';
      expect(await all.explanation()).toMatchObject({ blocker: 'held', machine: 'node-1', reason, held_by: [a.sent.id] });
      expect(said()).toMatch(/unable to remove filesystem.*what an attempt left may still live: its slot stays taken until that is gone/);
      await stuck.free();
      await (await all.started()).end();
      expect(await a.cards()).toEqual([]);
      expect(said()).toContain('what an attempt left is gone: its slot is free again');
    } finally {
      await stuck.free();
    }
    expect(await lab.engine.shared()).toEqual([]);
  });
});
