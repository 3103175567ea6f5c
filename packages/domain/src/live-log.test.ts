import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIVE_LOG } from './limits.ts';
import { type LiveBatch, LiveLog, type LivePiece } from './live-log.ts';

/** Every batch that is waiting. */
function drain(log: LiveLog): LiveBatch[] {
  const batches: LiveBatch[] = [];
  for (let batch = log.take({ withOpen: true }); batch !== null; batch = log.take({ withOpen: true })) batches.push(batch);
  return batches;
}

/** The log of a stream as its reader puts it together: a piece replaces all from its place on. */
function put(pieces: readonly LivePiece[], stream: string): string {
  let log = Buffer.alloc(0);
  for (const { offset, text } of pieces.filter((piece) => piece.stream === stream)) {
    expect(offset).toBeLessThanOrEqual(log.length);
    log = Buffer.concat([log.subarray(0, offset), Buffer.from(text)]);
  }
  return log.toString();
}

const piecesOf = (batches: readonly LiveBatch[]) => batches.flatMap(({ pieces }) => pieces);

describe('the log of an attempt on its way', () => {
  it('has both streams in the order in which they were written', () => {
    const log = new LiveLog();
    log.write('stdout', 'a\n');
    log.write('stderr', 'b\n');
    log.write('stdout', 'c\n');
    expect(drain(log)).toEqual([
      {
        pieces: [
          { stream: 'stdout', offset: 0, text: 'a\n', open: false },
          { stream: 'stderr', offset: 0, text: 'b\n', open: false },
          { stream: 'stdout', offset: 2, text: 'c\n', open: false },
        ],
        progress: null,
      },
    ]);
    expect(log.has).toEqual({ lasting: false, open: false });
  });

  it('is what was written, however it is cut and whenever it is taken', () => {
    const write = fc.record({
      stream: fc.constantFrom('stdout' as const, 'stderr' as const),
      text: fc.array(fc.constantFrom('x', '€', '😀', '\n', 'long '.repeat(50)), { maxLength: 8 }).map((all) => all.join('')),
      taken: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(write, { maxLength: 40 }), (writes) => {
        const log = new LiveLog();
        const batches: LiveBatch[] = [];
        for (const { stream, text, taken } of writes) {
          log.write(stream, text);
          const batch = taken ? log.take({ withOpen: true }) : null;
          if (batch !== null) batches.push(batch);
        }
        for (const stream of ['stdout', 'stderr'] as const) log.end(stream);
        batches.push(...drain(log));
        for (const stream of ['stdout', 'stderr'] as const) {
          const wanted = writes.filter((each) => each.stream === stream).map(({ text }) => text);
          expect(put(piecesOf(batches), stream)).toBe(wanted.join(''));
        }
      }),
    );
  });

  it('shows a line that is not over, once for each state, and puts what follows in its place', () => {
    const log = new LiveLog();
    log.write('stderr', '10%');
    expect(drain(log)[0]?.pieces).toEqual([{ stream: 'stderr', offset: 0, text: '10%', open: true }]);
    expect(log.take({ withOpen: true })).toBeNull();
    log.write('stderr', '\r20%');
    expect([log.has, log.take({ withOpen: false })]).toEqual([{ lasting: false, open: true }, null]);
    log.write('stderr', '\rdone\n');
    expect(drain(log)[0]?.pieces).toEqual([{ stream: 'stderr', offset: 0, text: 'done\n', open: false }]);
  });

  it('takes back an open line that comes to nothing', () => {
    const log = new LiveLog();
    log.write('stdout', 'wait');
    drain(log);
    log.write('stdout', '\r::progress 0.5\n');
    expect(drain(log)).toEqual([
      { pieces: [{ stream: 'stdout', offset: 0, text: '', open: true }], progress: { fraction: 0.5, text: '' } },
    ]);
  });

  it('comes in batches of at most 64 KiB', () => {
    const log = new LiveLog();
    log.write('stdout', `${'€'.repeat(80_000)}\n`);
    const batches = drain(log);
    expect(batches.length).toBeGreaterThan(3);
    for (const { pieces } of batches) {
      expect(pieces.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)).toBeLessThanOrEqual(LIVE_LOG.batchBytesMax);
    }
    for (let line = 0; line < 2_000; line++) log.write(line % 2 === 0 ? 'stdout' : 'stderr', 'x\n');
    for (const { pieces } of drain(log)) expect(pieces.length).toBeLessThanOrEqual(LIVE_LOG.batchPiecesMax);
  });

  it('loses the oldest where nobody takes it, and says how much', () => {
    const log = new LiveLog();
    for (let line = 0; line < 100_000; line++) log.write('stdout', `line ${line}\n`);
    const text = put(piecesOf(drain(log)), 'stdout');
    expect(text).toMatch(/^\[\d+ bytes of the log are missing here: the server could not take them\.\]\n/);
    expect(text.endsWith('line 99999\n')).toBe(true);
    expect(text.length).toBeLessThan(LIVE_LOG.waitingBytesMax + 200);
    expect(text.length).toBeGreaterThan(LIVE_LOG.waitingBytesMax / 2);
  });

  it('is cut at 1 MiB of a stream with a sentence, while the other goes on', () => {
    const log = new LiveLog();
    const pieces: LivePiece[] = [];
    for (let count = 0; count < 40; count++) {
      log.write('stdout', `${'€'.repeat(20_000)}\n`);
      pieces.push(...piecesOf(drain(log)));
    }
    log.write('stderr', 'still here\n');
    pieces.push(...piecesOf(drain(log)));
    const text = put(pieces, 'stdout');
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(LIVE_LOG.streamBytesMax);
    expect(text).toMatch(
      /€\n\[The log is cut here: of each stream 1024 KiB are kept, in at most 65536 pieces, and its last lines with the attempt\.\]\n$/,
    );
    expect(put(pieces, 'stderr')).toBe('still here\n');
  });

  it('has few pieces, however small those are that both streams print in turn, and loses none of them', () => {
    const log = new LiveLog();
    const pieces: LivePiece[] = [];
    for (let count = 0; count < 50_000; count++) {
      log.write('stdout', 'o\n');
      log.write('stderr', 'e\n');
      if (count % 500 === 499) pieces.push(...piecesOf(drain(log)));
    }
    expect(log.isLong).toBe(true);
    expect(pieces.length).toBeLessThan(LIVE_LOG.finePiecesMax + 1_000);
    expect([put(pieces, 'stdout'), put(pieces, 'stderr')]).toEqual(['o\n'.repeat(50_000), 'e\n'.repeat(50_000)]);
  });

  it('is cut after 65,536 pieces of a stream with a sentence, though they are small', () => {
    const log = new LiveLog();
    const pieces: LivePiece[] = [];
    for (let count = 0; count < 70_000; count++) {
      log.write('stdout', '\n');
      pieces.push(...(log.take({ withOpen: true })?.pieces ?? []));
    }
    expect(pieces).toHaveLength(LIVE_LOG.streamPiecesMax);
    expect(pieces.at(-1)?.text).toContain('in at most 65536 pieces');
  });

  it('tells the newest progress only', () => {
    const log = new LiveLog();
    log.note({ fraction: null, text: 'pulling image' });
    log.write('stdout', '::progress 0.1 a\n::progress 0.2 b\n');
    expect(log.take({ withOpen: true })).toEqual({ pieces: [], progress: { fraction: 0.2, text: 'b' } });
    expect(log.take({ withOpen: true })).toBeNull();
  });

  it('tells nothing twice that an earlier process has told, however much of it there is, when all is written again', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 40 })), fc.nat(40), (lines, count) => {
        const text = lines.map((line) => `${line}\n`);
        const before = new LiveLog();
        for (const line of text.slice(0, count)) before.write('stdout', line);
        const told = piecesOf(drain(before)).filter(({ open }) => !open);
        const end = Buffer.byteLength(put(told, 'stdout'));
        const after = new LiveLog({ stdout: end, stderr: 0 });
        after.write('stdout', text.join(''));
        const rest = piecesOf(drain(after));
        for (const { offset } of rest) expect(offset).toBeGreaterThanOrEqual(end);
        const straight = new LiveLog();
        straight.write('stdout', text.join(''));
        expect(put([...told, ...rest], 'stdout')).toBe(put(piecesOf(drain(straight)), 'stdout'));
      }),
    );
    const much = 'x'.repeat(1023);
    const log = new LiveLog({ stdout: 800 * 1024, stderr: 0 });
    for (let line = 0; line < 801; line++) log.write('stdout', `${much}\n`);
    expect(drain(log)).toEqual([{ pieces: [{ stream: 'stdout', offset: 800 * 1024, text: `${much}\n`, open: false }], progress: null }]);
  });
});
