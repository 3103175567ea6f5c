import { describe, expect, it } from 'vitest';
import { compare, type Row } from './row.ts';
import { summarise } from './statistics.ts';
import { table } from './table.ts';

const sides = { name: 'x', what: 'A thing', unit: 'ms', ours: summarise([120]), other: summarise([100]) } as const;

function cellsOf(row: Row): string[] {
  const line = table([row]).split('\n')[2] ?? '';
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

describe('compare', () => {
  it('divides ours by the other side for a ratio, and says whether it stays below its bound', () => {
    expect(compare('ratio', sides, { atMost: 1.2 })).toMatchObject({ compared: { value: 1.2 }, reached: true });
    expect(compare('ratio', sides, { atMost: 1.1 }).reached).toBe(false);
  });

  it('takes a bound from below the other way round', () => {
    expect(compare('ratio', sides, { atLeast: 1.2 }).reached).toBe(true);
    expect(compare('ratio', sides, { atLeast: 1.3 }).reached).toBe(false);
  });

  it('takes the other side off for a difference, and leaves it out where ours stands alone', () => {
    expect(compare('difference', sides, { atMost: 20 })).toMatchObject({ compared: { value: 20 }, reached: true });
    expect(compare('alone', sides, { atMost: 119 })).toMatchObject({ compared: { value: 120 }, reached: false });
  });

  it('compares medians, not single measurements', () => {
    const ours = summarise([1, 2, 900]);
    expect(compare('ratio', { ...sides, ours, other: summarise([2, 4, 4]) }, { atMost: 1 }).compared.value).toBe(0.5);
  });

  it('refuses a ratio to nothing', () => {
    expect(() => compare('ratio', { ...sides, other: null }, { atMost: 1 })).toThrow('x has no other side');
  });
});

describe('table', () => {
  it('shows what was measured, on both sides, with the comparison, the target and whether it was reached', () => {
    expect(cellsOf(compare('ratio', sides, { atMost: 1 }))).toEqual(['A thing', '120 ms', '100 ms', '1.20', 'ratio at most 1', 'NO']);
    expect(cellsOf(compare('difference', sides, { atMost: 60 }))).toEqual([
      'A thing',
      '120 ms',
      '100 ms',
      '+20.0 ms',
      'at most 60 ms more',
      'yes',
    ]);
    expect(cellsOf(compare('alone', { ...sides, other: null }, { atMost: 15 }))).toEqual([
      'A thing',
      '120 ms',
      '-',
      '-',
      'at most 15 ms',
      'NO',
    ]);
  });

  it('shows a side that is faster as a negative difference', () => {
    expect(cellsOf(compare('difference', { ...sides, ours: summarise([95]) }, { atMost: 60 }))[3]).toBe('-5.00 ms');
  });

  it('shows quartiles and the count where a thing was measured more than once', () => {
    const ours = summarise([1, 2, 3, 4, 50]);
    expect(cellsOf(compare('ratio', { ...sides, ours }, { atMost: 1 }))[1]).toBe('3.00 ms (2.00 to 4.00, n=5)');
  });

  it('aligns its columns', () => {
    const rows = [compare('ratio', sides, { atMost: 1 }), compare('ratio', { ...sides, what: 'A thing with a long name' }, { atMost: 1 })];
    const lines = table(rows).trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  });

  it('shows a skipped row with its reason, and the notes of the others, below', () => {
    const text = table([
      { name: 'y', what: 'Another', skipped: 'no Docker here.' },
      compare('ratio', { ...sides, notes: ['Polled.'] }, { atMost: 1 }),
    ]);
    expect(text).toMatch(/\| Another +\| - .*\| skipped \|/);
    expect(text).toContain('\n\n- Another: skipped: no Docker here.\n- A thing: Polled.\n');
  });
});
