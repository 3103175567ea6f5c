import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { has } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { ALL_PREY } from './all-prey.ts';
import { huntMutants, type Prey } from './hunt-mutants.ts';
import { REPORT } from './run-hunt.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const LIMIT_MS = 300_000;

describe('every mutant', () => {
  it.each(ALL_PREY.map(({ mutant }) => mutant))('changes a part that its file has once: $name', async ({ file, part, instead }) => {
    const pieces = (await readFile(join(ROOT, file), 'utf8')).split(part);
    expect(pieces).toHaveLength(2);
    expect(instead).not.toBe(part);
  });

  it('has a name of its own, by which the report tells of it', async () => {
    const names = ALL_PREY.map(({ mutant }) => mutant.name);
    expect(new Set(names).size).toBe(names.length);
    const report = await readFile(REPORT, 'utf8');
    expect(names.filter((name) => !report.includes(name))).toEqual([]);
  });
});

const preyNamed = (name: string): Prey => {
  const found = ALL_PREY.find(({ mutant }) => mutant.name === name);
  if (found === undefined) throw new Error(`no mutant is called: ${name}`);
  return found;
};

describe.skipIf(!has('git'))('a hunt', () => {
  it('catches mutants in simulated installations, and none where nothing was broken', { timeout: LIMIT_MS }, async () => {
    const harmless: Prey = {
      mutant: {
        name: 'a mutant that changes nothing',
        file: 'apps/consumer/src/slot.ts',
        part: "/** An attempt's place in a slot:",
        instead: '/** The place of an attempt in a slot:',
      },
      in: 'schedules',
    };
    const names = [
      'a task is accepted before its commit',
      'the name that a client gives a task is forgotten',
      'GPUs: told free before the model has ended',
    ];
    const broken = names.map(preyNamed);
    const hunted = await huntMutants([...broken, harmless], { schedules: 60, scenarios: 1, seed: 1 });
    expect(hunted.map(({ caught }) => caught?.broken)).toEqual([
      expect.stringMatching(/is gone|one name became two tasks/),
      expect.stringContaining('one name became two tasks'),
      expect.stringMatching(/which is not its own|was started on .*, which .* uses/),
      undefined,
    ]);
  });

  it('catches mutants of SQL on a real Postgres', { timeout: LIMIT_MS }, async () => {
    const names = ['SQL: every other report and renewal counts with any token', 'SQL of GPUs: they are given back with any token'];
    const hunted = await huntMutants(names.map(preyNamed), { schedules: 1, scenarios: 200, seed: 1 });
    expect(hunted.map(({ caught }) => caught?.broken)).toEqual([
      expect.stringContaining('with a wrong token'),
      expect.stringContaining('with a wrong token'),
    ]);
  });
});
