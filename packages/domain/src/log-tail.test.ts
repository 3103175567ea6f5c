import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LOG_TAIL } from './limits.ts';
import { LogTail } from './log-tail.ts';

function linesOf(...pieces: string[]): string[] {
  const tail = new LogTail();
  for (const piece of pieces) tail.write(piece);
  return tail.lines();
}

describe('the tail of a log', () => {
  it('has no lines at first', () => {
    expect(linesOf()).toEqual([]);
    expect(linesOf('')).toEqual([]);
  });

  it('keeps lines in order, empty ones and an unfinished last one included', () => {
    expect(linesOf('one\n\ntwo\nthr')).toEqual(['one', '', 'two', 'thr']);
  });

  it('joins lines whose pieces are cut anywhere', () => {
    expect(linesOf('o', 'ne\r', '\ntw', 'o\n', 'end')).toEqual(['one', 'two', 'end']);
  });

  it('is the same for the same text in any pieces', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\r', '\n'), maxLength: 60 });
    fc.assert(
      fc.property(text, fc.array(fc.nat(60), { maxLength: 8 }), (all, cuts) => {
        const at = [0, ...cuts.map((cut) => Math.min(cut, all.length)).sort((a, b) => a - b), all.length];
        const pieces = at.slice(1).map((end, index) => all.slice(at[index], end));
        expect(linesOf(...pieces)).toEqual(linesOf(all));
      }),
    );
  });

  it('shows a progress bar as a terminal does: what came after the last carriage return', () => {
    expect(linesOf('10%\r20%', '\r30%\ndone\n')).toEqual(['30%', 'done']);
    expect(linesOf('10%\r20%')).toEqual(['20%']);
    expect(linesOf('10%\r20%\r')).toEqual(['20%']);
  });

  it('takes CR LF as the end of a line', () => {
    expect(linesOf('a\r\nb\r\n')).toEqual(['a', 'b']);
  });

  it('keeps the last lines only', () => {
    const numbers = Array.from({ length: LOG_TAIL.linesMax + 3 }, (_, at) => String(at));
    expect(linesOf(...numbers.map((number) => `${number}\n`))).toEqual(numbers.slice(3));
    expect(linesOf(numbers.join('\n'))).toEqual(numbers.slice(3));
  });

  it('keeps the end of a line that is too long, in one piece or many', () => {
    const long = `${'x'.repeat(LOG_TAIL.lineCharsMax)}the end`;
    const kept = `${'x'.repeat(LOG_TAIL.lineCharsMax - 'the end'.length)}the end`;
    expect(linesOf(long)).toEqual([kept]);
    expect(linesOf(`${long}\nnext`)).toEqual([kept, 'next']);
    expect(linesOf(...long, '\n')).toEqual([kept]);
  });

  it('answers a copy: what is read does not change with what comes later', () => {
    const tail = new LogTail();
    tail.write('one\n');
    const before = tail.lines();
    before.push('mine');
    tail.write('two\n');
    expect(tail.lines()).toEqual(['one', 'two']);
  });
});
