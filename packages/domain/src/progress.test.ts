import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseProgress } from './progress.ts';

describe('a line of progress', () => {
  it.each([
    ['::progress 0', 0, ''],
    ['::progress 1', 1, ''],
    ['::progress 1.0 done', 1, 'done'],
    ['::progress .5 half way', 0.5, 'half way'],
    ['::progress 1e-05 begun', 0.00001, 'begun'],
    ['::progress 0.42  two blanks ', 0.42, 'two blanks'],
  ])('is read from %s', (line, fraction, text) => {
    expect(parseProgress(line)).toEqual({ fraction, text });
  });

  it.each([
    '::progress',
    '::progress ',
    '::progress 1.01 too far',
    '::progress -0.1 back',
    '::progress 42 percent',
    '::progress NaN',
    '::progress Infinity',
    '::progress 0x1',
    '::progress 0.5later',
    ' ::progress 0.5',
    `::progress 0.5 ${'x'.repeat(201)}`,
  ])('is not guessed at: %s', (line) => {
    expect(parseProgress(line)).toBeNull();
  });

  it('comes back for every fraction and text that it may have', () => {
    const text = fc.string({ maxLength: 200 }).map((each) => each.trim());
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true, noDefaultInfinity: true }), text, (fraction, said) => {
        const progress = parseProgress(`::progress ${fraction.toFixed(12)} ${said}`);
        expect(progress).toEqual({ fraction: Number(fraction.toFixed(12)), text: said });
      }),
    );
  });
});
