import { newId } from '@inference/domain';
import type { QueueHealth } from '@inference/queue';
import { createLog, type Log } from '@inference/service';
import { until } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { testDeps } from '../testing/test-deps.ts';
import { ringPool } from './ring-pool.ts';

/** What is logged of a ring that fails while the queue is in this state. */
async function logOf(health: QueueHealth): Promise<{ level: number; reason: string }[]> {
  const lines: { level: number; reason: string }[] = [];
  const log: Log = createLog({ level: 'debug', destination: { write: (line: string) => void lines.push(JSON.parse(line)) } });
  const deps = await testDeps();
  const queue = { ...deps.queue, health: () => health, ring: () => Promise.reject(new Error('not confirmed')) };
  ringPool({ ...deps, log, queue }, 'process', newId());
  await until('the line', () => lines.length > 0);
  return lines.map(({ level, reason }) => ({ level, reason }));
}

describe('a ring that fails', () => {
  it('is a warning', async () => {
    expect(await logOf({ ok: true })).toEqual([{ level: 40, reason: 'not confirmed' }]);
  });

  it('is none while the queue is known to be away, as there would be one for each task', async () => {
    expect(await logOf({ ok: false, reason: 'away' })).toEqual([{ level: 20, reason: 'not confirmed' }]);
  });
});
