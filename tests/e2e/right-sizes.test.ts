// What models use in real containers, and what is made of it.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ModelUsageView, Task } from '@inference/contracts';
import { has } from '@inference/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runInfer } from '../cli/run-infer.ts';
import { runScript } from './run-script.ts';
import { importScriptImage } from './script-image.ts';
import { sharedServer } from './test-server.ts';

const run = promisify(execFile);
const MIB = 1024 ** 2;
const LONG_MS = 180_000;
const IMAGE = `inference-sizes-${process.pid}:1`;
/** Holds 24 MiB for a second, counts, and writes five bytes. */
const SCRIPT = [
  'busybox dd if=/dev/zero of=/dev/shm/held bs=1M count=24 2>/dev/null',
  'n=0; while [ $n -lt 20000 ]; do n=$((n+1)); done',
  'busybox sleep 1; printf hello > /output/said',
].join('\n');

describe.skipIf(!has('docker', 'busybox'))('what a model uses', { timeout: LONG_MS }, () => {
  const shared = sharedServer();
  beforeAll(() => importScriptImage(IMAGE));
  afterAll(async () => {
    await run('docker', ['image', 'rm', '-f', IMAGE]);
  });

  it('is told of its attempt and of the model, and infer suggests limits that would do', async () => {
    const { url } = shared();
    const task = (await runScript(url, IMAGE, SCRIPT)) as unknown as Task;
    expect(task.state, JSON.stringify(task.failure)).toBe('succeeded');
    const usage = task.attempts[0]?.usage;
    expect(usage?.memory_peak_bytes).toBeGreaterThan(24 * MIB);
    expect(usage?.memory_peak_bytes).toBeLessThanOrEqual(64 * MIB);
    expect(usage?.cpu_seconds).toBeGreaterThan(0);
    expect(usage?.output_bytes).toBe(5);
    expect(usage?.run_seconds).toBeGreaterThan(1);

    const summed = (await (await fetch(`${url}/api/v1/models/${task.model}/usage`)).json()) as ModelUsageView;
    expect(summed).toMatchObject({ attempts: 1, memory_peak_bytes: { max: usage?.memory_peak_bytes }, limits: { memory_bytes: 64 * MIB } });

    const { code, out, err } = await runInfer(['models', 'suggest-limits', task.model, '--url', url]);
    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining(`infer api PATCH models/${task.model} -f 'limits={`) });
    expect(out).toMatch(/^LIMIT +NOW +USED \(P95\) +USED \(MOST\) +SUGGESTED\nmemory_bytes +67\.1 MB/);
    const command = /-f '(limits=.*)'/.exec(err)?.[1] ?? '';
    const changed = await runInfer(['api', 'PATCH', `models/${task.model}`, '-f', command, '--url', url]);
    expect(changed).toMatchObject({ code: 0, out: expect.stringContaining('"time_limit_seconds":60') });
  });

  it('is told where it ran out of memory: the limit and the peak', async () => {
    const task = await runScript(shared().url, IMAGE, 'busybox sleep 1; busybox dd if=/dev/zero of=/dev/null bs=200M count=1');
    expect(task).toMatchObject({
      state: 'failed',
      failure: { class: 'out_of_memory', reason: expect.stringMatching(/memory limit of 64 MiB \(the most that was seen: \d+ MiB\)/) },
    });
  });
});
