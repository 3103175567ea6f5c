import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { HARD_AFTER_MS, REQUESTS_LOOKED_AT_MAX } from './allocate.ts';
import { USE_HALF_LIFE_MS } from './decayed-use.ts';
import { HEAD_START_MS } from './order-key.ts';

it('has its limits in docs/gpus.md', async () => {
  const page = await readFile(join(import.meta.dirname, '..', '..', '..', 'docs', 'gpus.md'), 'utf8');
  const told = [...page.matchAll(/^\| .* \| (.*) \| `([A-Z_]+)` \|$/gm)].map(([, value, name]) => [name, value]);
  expect(told).toEqual([
    ['REQUESTS_LOOKED_AT_MAX', REQUESTS_LOOKED_AT_MAX.toLocaleString('en')],
    ['HARD_AFTER_MS', `${HARD_AFTER_MS / 60_000} minutes`],
    ['USE_HALF_LIFE_MS', `${USE_HALF_LIFE_MS / 3_600_000} hours`],
    ['HEAD_START_MS', `${HEAD_START_MS.high / 3_600_000} hours`],
  ]);
  expect(HEAD_START_MS.low).toBe(-HEAD_START_MS.high);
});
