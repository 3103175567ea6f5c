import type { Outcome } from '@inference/domain';
import { createInProcessQueue } from '@inference/queue';
import { createLog } from '@inference/service';
import { FakeClock, until } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { FAULTS_IN_A_ROW, LaneRest, REST_MS } from './lane-rest.ts';
import { diskFull } from './steps/disk-full.ts';
import { Board } from './testing/board.ts';
import { openLane, settled } from './testing/open-lane.ts';

const FAULT: Outcome = { kind: 'fail', failure: { class: 'infrastructure', reason: 'the disk broke' } };
const MODEL_ERROR: Outcome = { kind: 'fail', failure: { class: 'model_error', reason: 'exit code 1' } };
const CANCELLED: Outcome = { kind: 'fail', failure: { class: 'cancelled', reason: 'The task was cancelled.' } };
const HAND_BACK: Outcome = { kind: 'hand_back', reason: 'stopped' };

function setup() {
  const clock = new FakeClock();
  const lines: string[] = [];
  const log = createLog({ level: 'info', destination: { write: (line: string) => void lines.push(JSON.parse(line).msg) } });
  const rest = new LaneRest({ clock, log }, 'docker-cpu');
  const after = (...outcomes: Outcome[]) => {
    for (const outcome of outcomes) rest.ended(outcome);
    return rest.mayClaim([clock.monotonicMs()]);
  };
  return { clock, lines, rest, after };
}

describe('a lane of a sick machine', () => {
  it('rests after three faults in a row, then tries one task at a time until one goes well', () => {
    const { rest, clock, after, lines } = setup();
    expect(after(FAULT, FAULT)).toBe(true);
    expect([after(FAULT), rest.mayClaim([]), rest.trouble()]).toEqual([false, false, expect.stringContaining('5 minutes')]);
    clock.advance(REST_MS);
    expect([rest.mayClaim([]), rest.mayClaim([clock.monotonicMs()]), rest.trouble()]).toEqual([true, false, null]);
    expect([after(FAULT), rest.mayClaim([])]).toEqual([false, false]);
    clock.advance(REST_MS);
    expect(after(MODEL_ERROR)).toBe(true);
    expect(after(FAULT, FAULT)).toBe(true);
    expect(lines).toEqual([expect.stringContaining('rests'), expect.stringContaining('rests'), expect.stringContaining('as before')]);
  });

  it('takes a full disk for a fault, and what was handed back for other reasons for nothing', () => {
    expect(setup().after(diskFull(1), diskFull(2), diskFull(3))).toBe(false);
    expect(setup().after(FAULT, FAULT, HAND_BACK, HAND_BACK)).toBe(true);
    expect(setup().after(FAULT, HAND_BACK, FAULT, HAND_BACK, FAULT)).toBe(false);
    expect(setup().after(FAULT, FAULT, MODEL_ERROR, FAULT)).toBe(true);
  });

  it('is not put right by a task that hangs there until its user cancels it', () => {
    expect(setup().after(FAULT, CANCELLED, FAULT, CANCELLED, FAULT)).toBe(false);
    const { clock, after } = setup();
    after(FAULT, FAULT, FAULT);
    clock.advance(REST_MS);
    expect(after(CANCELLED)).toBe(false);
  });

  it('tries one task after its rest, though another one has run since before that', async () => {
    const [board, clock] = [new Board(), new FakeClock()];
    const { lane, stage, open } = await openLane(board, createInProcessQueue(), { slots: 4, clock });
    board.add();
    await open();
    await until('the long one', () => stage.started === 1);
    for (let count = 1; count <= FAULTS_IN_A_ROW; count++) {
      board.add();
      lane.wake();
      await until('one beside it', () => stage.started === count + 1);
      stage.failures.push({ kind: 'failed', failure: FAULT.failure });
      await stage.endLast();
      await until('its fault', () => board.outcomes.length === count);
    }
    for (let count = 0; count < 2; count++) board.add();
    clock.advance(REST_MS);
    lane.wake();
    await until('the try', () => stage.started === FAULTS_IN_A_ROW + 2);
    await settled();
    expect(board.due).toHaveLength(1);
    await stage.endLast();
    await until('the next', () => stage.started === FAULTS_IN_A_ROW + 3);
  });

  it('claims nothing while it rests, and one task after it, which puts it right', async () => {
    const [board, clock] = [new Board(), new FakeClock()];
    const { lane, stage, open } = await openLane(board, createInProcessQueue(), { atOnce: true, clock });
    for (let count = 0; count < FAULTS_IN_A_ROW; count++) stage.failures.push({ kind: 'failed', failure: FAULT.failure });
    for (let count = 0; count < 20; count++) board.add();
    await open();
    await until('the faults', () => board.outcomes.length === FAULTS_IN_A_ROW);
    await settled();
    lane.wake();
    await settled();
    expect([board.claims.length, lane.trouble()]).toEqual([FAULTS_IN_A_ROW, expect.any(String)]);
    clock.advance(REST_MS);
    lane.wake();
    await until('all outcomes', () => board.outcomes.length === 20);
    expect(lane.trouble()).toBeNull();
  });
});
