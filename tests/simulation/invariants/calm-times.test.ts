import { describe, expect, it } from 'vitest';
import type { AttemptRow, TaskRow } from '../rows.ts';
import type { Dumped } from '../tables.ts';
import { CANCELLED_MS, CancelsTakeEffect } from './cancels-take-effect.ts';
import { FORGOTTEN_MS, RefusedRingsAreForgotten } from './refused-rings-are-forgotten.ts';
import { ATTEMPTS, soundTables, TASK } from './sound-tables.ts';
import { GONE_MS, HEARD_MS, type SeenContainer, StopsAreHeard } from './stops-are-heard.ts';

const MODEL: SeenContainer = { key: 'one/2', isRunning: true, isFollowed: true, isTold: false, isHung: false, gpuUuids: [] };

/** The first task in another state, with its newest attempt. */
function tablesWith(task: Partial<Dumped<TaskRow>>, newest: Partial<Dumped<AttemptRow>> = { outcome: null, ended_at: null }) {
  return soundTables({ task: [{ ...TASK, ...task }], attempt: [ATTEMPTS[0]!, { ...ATTEMPTS[1]!, ...newest }] });
}

/** What is broken at the last of these looks, each with a time and whether all is calm then. */
function looks(tables: ReturnType<typeof tablesWith>, container: SeenContainer, ...at: readonly [ms: number, isCalm: boolean][]): string[] {
  const invariant = new StopsAreHeard();
  return at.map(([ms, isCalm]) => invariant.broken(tables, [{ name: 'alpha', isCalm, containers: [container] }], ms)).at(-1) ?? [];
}

describe('a model that nobody needs any more', () => {
  const calm = [
    [0, true],
    [HEARD_MS + 1, true],
  ] as const satisfies [number, boolean][];

  it.each([
    ['cancelled', tablesWith({ state: 'cancelling' }), MODEL],
    ['another attempt of its task runs', tablesWith({ state: 'running' }), { ...MODEL, key: 'one/1' }],
    ['its task has ended', tablesWith({ state: 'failed' }), MODEL],
    ['it hangs', tablesWith({ state: 'running' }), { ...MODEL, isHung: true }],
    ['its attempt has reported', tablesWith({ state: 'queued' }, { outcome: 'fail' }), MODEL],
  ])('is told to stop within some seconds: %s', (_, tables, container) => {
    expect(looks(tables, container, ...calm).join()).toContain('was not told to stop');
    expect(looks(tables, { ...container, isTold: true }, ...calm)).toEqual([]);
  });

  it('is removed with the next sweep, whoever has started it', () => {
    const left = { ...MODEL, isRunning: false, isFollowed: false };
    expect(looks(tablesWith({ state: 'failed' }), left, [0, true], [GONE_MS, true])).toEqual([]);
    expect(looks(tablesWith({ state: 'failed' }), left, [0, true], [GONE_MS + 1, true]).join()).toContain('is there after');
  });

  it('may run on while something is wrong, and as long again after it', () => {
    const tables = tablesWith({ state: 'cancelling' });
    expect(looks(tables, MODEL, [0, false], [HEARD_MS + 1, false])).toEqual([]);
    expect(looks(tables, MODEL, [0, true], [1, false], [2, true], [HEARD_MS + 1, true])).toEqual([]);
  });

  it('is not one whose consumer may come back with its result', () => {
    expect(looks(tablesWith({ state: 'queued' }, { outcome: 'lost' }), MODEL, ...calm)).toEqual([]);
    expect(looks(tablesWith({ state: 'running' }), MODEL, ...calm)).toEqual([]);
  });
});

describe('a cancel', () => {
  const cancelling = tablesWith({ state: 'cancelling' });
  const look = (...at: readonly [ms: number, isCalm: boolean][]) => {
    const invariant = new CancelsTakeEffect();
    return at.map(([ms, isCalm]) => invariant.broken(cancelling, isCalm, ms)).at(-1) ?? [];
  };

  it('takes effect within the time', () => {
    expect(look([0, true], [CANCELLED_MS, true])).toEqual([]);
    expect(look([0, true], [CANCELLED_MS + 1, true]).join()).toContain('the task one is being cancelled');
  });

  it('may take longer while something is wrong', () => {
    expect(look([0, true], [CANCELLED_MS, false], [CANCELLED_MS + 1, true])).toEqual([]);
  });
});

describe('a task whose ring was refused', () => {
  const rung = soundTables({ task: [{ ...TASK, state: 'queued' }] });
  const told = soundTables({ task: [{ ...TASK, state: 'queued', rung_at: null }] });
  const looked = (
    tables: ReturnType<typeof soundTables>,
    { refusedMs = 5, calmSinceMs = 0 as number | null, lastsMs = FORGOTTEN_MS + 1 } = {},
  ) => {
    const invariant = new RefusedRingsAreForgotten();
    const look = (nowMs: number) => invariant.broken(tables, { refusals: new Map([[TASK.uid, refusedMs]]), calmSinceMs, nowMs });
    return [look(10), look(10 + lastsMs)].at(-1)?.join();
  };

  it('does not count as rung any more soon after that', () => {
    expect(looked(rung)).toContain('counts as rung');
    expect(looked(rung, { lastsMs: FORGOTTEN_MS })).toBe('');
    expect(looked(told)).toBe('');
    expect(looked(soundTables())).toBe('');
  });

  it('may count as rung where something was wrong since then', () => {
    expect(looked(rung, { calmSinceMs: null })).toBe('');
    expect(looked(rung, { calmSinceMs: 6 })).toBe('');
  });
});
