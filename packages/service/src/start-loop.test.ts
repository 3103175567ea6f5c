import { FakeClock } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLog } from './log.ts';
import { startLoop } from './start-loop.ts';

const INTERVAL_MS = 1_000;

/** A loop whose passes fail for these reasons, or not; answers what was logged after them all. */
async function logOf(reasons: readonly (string | null)[]): Promise<string[]> {
  const lines: string[] = [];
  const log = createLog({ level: 'info', destination: { write: (line: string) => void lines.push(JSON.parse(line).msg) } });
  const clock = new FakeClock();
  const left = [...reasons];
  const runOnce = async () => {
    const reason = left.shift();
    if (typeof reason === 'string') throw new Error(reason);
  };
  onTestFinished(startLoop({ name: 'test', intervalMs: INTERVAL_MS, runOnce }, { clock, log }));
  for (const _pass of reasons) {
    clock.advance(INTERVAL_MS);
    await new Promise(setImmediate);
  }
  expect(left).toEqual([]);
  return lines;
}

const FAILED = 'a pass of a loop failed; trying again';
const WORKS = 'the loop works again';

describe('a loop', () => {
  it('goes on after passes that failed', async () => {
    expect(await logOf(['away', null, 'away', null])).toEqual([FAILED, WORKS, FAILED, WORKS]);
  });

  it('tells of the same failure once, however often it comes in a row, and when it is over', async () => {
    expect(await logOf([null, 'away', 'away', 'away', null, null])).toEqual([FAILED, WORKS]);
  });

  it('tells when it fails for another reason', async () => {
    expect(await logOf(['away', 'full', 'full'])).toEqual([FAILED, FAILED]);
  });
});
