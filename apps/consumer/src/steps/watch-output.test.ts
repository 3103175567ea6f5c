import type { ClaimedAttempt } from '@inference/contracts';
import { MODEL_LIMITS, OUTPUT_LIMITS } from '@inference/domain';
import { FakeClock } from '@inference/testing';
import { expect, it } from 'vitest';
import type { Deps } from '../deps.ts';
import { settled } from '../testing/open-lane.ts';
import { watchOutput } from './watch-output.ts';

const LOOK_MS = 2_000;

it('tells once that an output cannot be looked at, and again where it was well in between', async () => {
  const clock = new FakeClock();
  const warned: string[] = [];
  let isBroken = true;
  const isOverLimits = async () => {
    if (isBroken) throw new Error('the disk is broken');
    return false;
  };
  const log = { warn: (_fields: unknown, text: string) => warned.push(text) };
  const deps = { clock, log, zips: { isOverLimits }, outputLimits: OUTPUT_LIMITS } as unknown as Deps;
  const claimed = { taskUid: 'one', model: { limits: MODEL_LIMITS } } as ClaimedAttempt;
  const stop = watchOutput(deps, claimed, { folder: '/output', onTooMuch: () => {} });
  const look = async () => {
    clock.advance(LOOK_MS);
    await settled();
  };

  for (let looks = 0; looks < 3; looks++) await look();
  expect(warned).toHaveLength(1);
  isBroken = false;
  await look();
  isBroken = true;
  for (let looks = 0; looks < 3; looks++) await look();
  expect(warned).toHaveLength(2);
  stop();
});
