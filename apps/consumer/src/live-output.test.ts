import type { ClaimedAttempt, ControlPlane } from '@inference/contracts';
import { AppError, LIVE_LOG, type LiveBatch } from '@inference/domain';
import { createLog } from '@inference/service';
import { FakeClock } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { LiveOutput } from './live-output.ts';

/** The live output of an attempt, and a private API that answers as the test says. */
function setup() {
  const clock = new FakeClock();
  const told: LiveBatch[] = [];
  const lines: string[] = [];
  const api: { answer: (() => Promise<void>) | null } = { answer: null };
  const control = {
    tellLive: async (_lease: unknown, batch: LiveBatch) => {
      await api.answer?.();
      told.push(batch);
    },
  } as unknown as ControlPlane;
  const log = createLog({ level: 'info', destination: { write: (line: string) => void lines.push(line) } });
  const live = new LiveOutput({ control, clock, log }, { taskUid: 'a', attempt: 1 } as ClaimedAttempt);
  const pass = async (ms: number) => {
    clock.advance(ms);
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  const texts = () => told.flatMap(({ pieces }) => pieces.map(({ text, open }) => (open ? `${text}...` : text)));
  return { clock, told, lines, api, live, pass, texts };
}

describe('live output', () => {
  it('is told at once, and then at most every 100 ms', async () => {
    const { live, pass, texts } = setup();
    live.onOutput('stdout', 'one\n');
    await pass(5);
    expect(texts()).toEqual(['one\n']);
    live.onOutput('stdout', 'two\n');
    live.onOutput('stdout', 'three\n');
    await pass(90);
    expect(texts()).toHaveLength(1);
    await pass(10);
    expect(texts()).toEqual(['one\n', 'two\nthree\n']);
  });

  it('is told every second only by what prints very much in very small pieces', async () => {
    const { live, pass, told } = setup();
    for (let count = 0; count < LIVE_LOG.finePiecesMax; count++) live.onOutput(count % 2 === 0 ? 'stdout' : 'stderr', 'x\n');
    await pass(5);
    for (let count = 0; count < 10; count++) await pass(100);
    const before = told.length;
    for (let count = 0; count < 10; count++) await pass(100);
    expect([before, told.length]).toEqual([2, 3]);
  });

  it('tells the newest state of a progress bar a few times a second only', async () => {
    const { live, pass, texts } = setup();
    for (let percent = 0; percent < 100; percent++) {
      live.onOutput('stderr', `\r${percent}%`);
      await pass(10);
    }
    expect(texts().length).toBeLessThanOrEqual(5);
    live.onOutput('stderr', '\r100%\n');
    await live.end();
    expect(texts().at(-1)).toBe('100%\n');
    expect(live.tails().stderr).toEqual(['100%']);
  });

  it('tells a batch that nobody heard again, in the same words, and says so once', async () => {
    const { live, pass, api, told, lines } = setup();
    const tried: number[] = [];
    api.answer = async () => {
      tried.push(1);
      throw new Error('away');
    };
    live.onOutput('stdout', 'one\n');
    await pass(5);
    live.onOutput('stdout', 'two\n');
    await pass(1_000);
    await pass(1_000);
    expect([tried.length, lines.length]).toEqual([3, 1]);
    api.answer = null;
    await pass(1_000);
    await pass(100);
    expect(told.map(({ pieces }) => pieces)).toEqual([
      [{ stream: 'stdout', offset: 0, text: 'one\n', open: false }],
      [{ stream: 'stdout', offset: 4, text: 'two\n', open: false }],
    ]);
  });

  it('never makes the model wait: what is printed while the private API hangs is bounded', async () => {
    const { live, pass, api, texts } = setup();
    const hang = Promise.withResolvers<void>();
    api.answer = () => hang.promise;
    for (let count = 0; count < 100; count++) {
      live.onOutput('stdout', `${'x'.repeat(60_000)}\n`);
      await pass(100);
    }
    api.answer = null;
    hang.resolve();
    await live.end();
    expect(texts().join('').length).toBeLessThan(2 * LIVE_LOG.waitingBytesMax);
    expect(texts().join('')).toContain('bytes of the log are missing here');
  });

  it('ends with what is left, a line without an end included; and without it when the private API stays away', async () => {
    const { live, texts } = setup();
    live.onOutput('stdout', 'one\nno end');
    live.onProgress('packing');
    await Promise.all([live.end(), live.end()]);
    expect(texts().join('')).toBe('one\nno end');
    const other = setup();
    other.api.answer = () => new Promise(() => {});
    other.live.onOutput('stdout', 'lost\n');
    const ended = other.live.end();
    await other.pass(5_000);
    await ended;
    expect(other.live.tails().stdout).toEqual(['lost']);
  });

  it('stops telling once the attempt is over', async () => {
    const { live, pass, api, lines, told } = setup();
    api.answer = async () => {
      throw new AppError('stale');
    };
    live.onOutput('stdout', 'one\n');
    await pass(5);
    api.answer = null;
    live.onOutput('stdout', 'two\n');
    await pass(5_000);
    await live.end();
    expect([told, lines]).toEqual([[], []]);
  });

  it('goes on telling once a fault of the private API is over', async () => {
    const { live, pass, api, texts } = setup();
    api.answer = async () => {
      throw new AppError('internal');
    };
    live.onOutput('stdout', 'one\n');
    await pass(5);
    api.answer = null;
    live.onOutput('stdout', 'two\n');
    await pass(5_000);
    await live.end();
    expect(texts().join('')).toBe('one\ntwo\n');
  });

  it('keeps progress out of the log and of its tail', async () => {
    const { live, told } = setup();
    live.onOutput('stdout', 'a\n::progress 0.42 segmenting\nb\n');
    await live.end();
    expect(told).toEqual([
      { pieces: [{ stream: 'stdout', offset: 0, text: 'a\nb\n', open: false }], progress: { fraction: 0.42, text: 'segmenting' } },
    ]);
    expect(live.tails().stdout).toEqual(['a', 'b']);
  });
});
