import type { ModelUsageView } from '@inference/client';
import { expect, it } from 'vitest';
import { suggestLimits } from './suggest-limits.ts';

const MIB = 1024 ** 2;
const USAGE = { model: 'seg', attempts: 20, cpu_seconds: null, gpu_memory_peak_bytes: null } as const;
const LIMITS = { memory_bytes: 8192 * MIB, output_bytes: 40960 * MIB, time_limit_seconds: 86_400 } as ModelUsageView['limits'];

it('leaves room above the most that was seen, and rounds up to what people write', () => {
  const usage: ModelUsageView = {
    ...USAGE,
    memory_peak_bytes: { p50: 600 * MIB, p95: 700 * MIB, max: 800 * MIB },
    output_bytes: { p50: 10, p95: 20, max: 30 },
    run_seconds: { p50: 10, p95: 20, max: 50 },
    limits: LIMITS,
  };
  expect(suggestLimits(usage)).toEqual([
    { limit: 'memory_bytes', present: 8192 * MIB, p95: 700 * MIB, max: 800 * MIB, suggested: 1280 * MIB },
    { limit: 'output_bytes', present: 40960 * MIB, p95: 20, max: 30, suggested: 16 * MIB },
    { limit: 'time_limit_seconds', present: 86_400, p95: 20, max: 50, suggested: 180 },
  ]);
});

it('suggests nothing for what no attempt has told of', () => {
  expect(suggestLimits({ ...USAGE, memory_peak_bytes: null, output_bytes: null, run_seconds: null, limits: LIMITS })).toEqual([]);
});
