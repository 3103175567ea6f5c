import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logLines } from './log-lines.ts';

const at = new Date(0);
const out = (text: string) => ({ stream: 'stdout' as const, at, text });
const err = (text: string) => ({ stream: 'stderr' as const, at, text });
const textsOf = (pieces: Parameters<typeof logLines>[0]) => logLines(pieces).map(({ stream, text }) => `${stream} ${text}`);

describe('the lines of a log', () => {
  it('are put together from pieces, with those of the other stream between', () => {
    expect(textsOf([out('a\nb'), err('x\n'), out('b\n\n'), err('y')])).toEqual([
      'stdout a',
      'stderr x',
      'stdout bb',
      'stdout ',
      'stderr y',
    ]);
  });

  it('lose nothing however the pieces are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '\n') }), { maxLength: 20 }), (pieces) => {
        const text = pieces.join('');
        const lines = logLines(pieces.map(out)).map((line) => line.text);
        expect(lines.join('\n')).toBe(text.replace(/\n$/, ''));
      }),
    );
  });
});
