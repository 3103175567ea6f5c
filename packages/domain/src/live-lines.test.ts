import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LiveLines } from './live-lines.ts';

/** All that stays of a text that comes in these pieces, and the progress that it said. */
function linesOf(pieces: readonly string[], saysProgress = true) {
  const lines = new LiveLines({ saysProgress });
  const written = [...pieces.map((piece) => lines.write(piece)), lines.end()];
  return { text: written.map(({ text }) => text).join(''), progress: written.flatMap(({ progress }) => progress ?? []) };
}

const cutAnywhere = fc.tuple(
  fc
    .array(fc.constantFrom('a', '\r', '\n', 'é', '::progress 0.5 b', '::pro', 'gress ', '0.1'), { maxLength: 30 })
    .map((all) => all.join('')),
  fc.array(fc.nat(80), { maxLength: 8 }),
);

describe('the lines of a stream', () => {
  it('stay as they are', () => {
    expect(linesOf(['one\n', '\ntw', 'o\nend'])).toEqual({ text: 'one\n\ntwo\nend', progress: [] });
  });

  it('are the same for the same text in any pieces', () => {
    fc.assert(
      fc.property(cutAnywhere, ([all, cuts]) => {
        const at = [0, ...cuts.map((cut) => Math.min(cut, all.length)).sort((a, b) => a - b), all.length];
        const pieces = at.slice(1).map((end, index) => all.slice(at[index], end));
        expect(linesOf(pieces).text).toBe(linesOf([all]).text);
        expect(linesOf(pieces).progress.at(-1)).toEqual(linesOf([all]).progress.at(-1));
      }),
    );
  });

  it('keep only the newest state of a progress bar, and show the one that is not over', () => {
    const lines = new LiveLines({ saysProgress: false });
    expect(lines.write('10%\r20%')).toEqual({ text: '', progress: null });
    expect(lines.open).toBe('20%');
    lines.write('\r30%\r');
    expect(lines.open).toBe('30%');
    expect(lines.write('100%\r\nnext\n')).toEqual({ text: '100%\nnext\n', progress: null });
    expect(lines.open).toBe('');
  });

  it('have progress taken out, and shown to nobody while it is half there', () => {
    const lines = new LiveLines({ saysProgress: true });
    for (const piece of [':', ':progress', ' 0.', '5 half']) {
      expect(lines.write(piece)).toEqual({ text: '', progress: null });
      expect(lines.open).toBe('');
    }
    expect(lines.write(' way\nlog\n')).toEqual({ text: 'log\n', progress: { fraction: 0.5, text: 'half way' } });
    expect(linesOf(['::progress 1.5\n'])).toEqual({ text: '::progress 1.5\n', progress: [] });
    expect(linesOf(['::progress 0.5\n'], false)).toEqual({ text: '::progress 0.5\n', progress: [] });
    expect(linesOf(['::progress 0.5'])).toEqual({ text: '', progress: [{ fraction: 0.5, text: '' }] });
  });

  it('are let go piece by piece where nothing ends them, whatever is in them', () => {
    const lines = new LiveLines({ saysProgress: true });
    let length = 0;
    for (let count = 0; count < 100; count++) {
      length += lines.write('::progress 0.5 x'.repeat(100)).text.length;
      expect(lines.open.length).toBeLessThanOrEqual(2_000);
    }
    expect(length).toBeGreaterThan(150_000);
    expect(linesOf(['x'.repeat(5_000), '::progress 0.5\n']).progress).toEqual([]);
  });

  it('take a million carriage returns in no time', () => {
    const started = performance.now();
    expect(linesOf([`a${'\r'.repeat(1_000_000)}b`, `${'\r'.repeat(1_000_000)}\n`]).text).toBe('b\n');
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('can be stored whatever a model prints', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 20 }), { maxLength: 10 }), (pieces) => {
        const { text } = linesOf([...pieces, '\ud800', '\0']);
        expect(text).toBe(text.toWellFormed());
        expect(text).not.toContain('\0');
      }),
    );
  });
});
