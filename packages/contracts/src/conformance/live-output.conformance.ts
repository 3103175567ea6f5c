import { LIVE_LOG } from '@inference/domain';
import { expect, it } from 'vitest';
import { type OpenHarness, piece, withTask } from '../testing/control-plane-harness.ts';

/** What becomes of what models print. */
export function liveOutputConformance(open: OpenHarness): void {
  it('keeps what a model prints, in order, and how far it is', async () => {
    const { control, claimed, uid, log } = await withTask(open);
    const attempt = await claimed();
    await control.tellLive(attempt, { pieces: [piece('stdout', 0, 'a\n'), piece('stderr', 0, 'b\n')], progress: null });
    await control.tellLive(attempt, {
      pieces: [piece('stdout', 2, '10%', true)],
      progress: { fraction: 0.5, text: `\0${'x'.repeat(500)}` },
    });
    expect(await log(uid)).toEqual({ pieces: ['stdout 0 a\n', 'stderr 0 b\n', 'stdout 2 10%...'], progress: 0.5 });
    await control.tellLive(attempt, { pieces: [piece('stdout', 2, 'c\n')], progress: { fraction: null, text: 'packing' } });
    expect(await log(uid)).toEqual({ pieces: ['stdout 0 a\n', 'stderr 0 b\n', 'stdout 2 c\n'], progress: null });
  });

  it('tells where the log of each stream ends, without a line that is not over', async () => {
    const { control, claimed } = await withTask(open);
    const attempt = await claimed();
    expect(await control.findLogEnds(attempt)).toEqual({ stdout: 0, stderr: 0 });
    const pieces = [
      piece('stdout', 0, 'a\u00e9\n'),
      piece('stdout', 4, 'b\n'),
      piece('stdout', 6, '10%', true),
      piece('stderr', 0, 'x', true),
    ];
    await control.tellLive(attempt, { pieces, progress: null });
    expect(await control.findLogEnds(attempt)).toEqual({ stdout: 6, stderr: 0 });
  });

  it('takes the same pieces again, and what overlaps others, without a change', async () => {
    const { control, claimed, uid, log } = await withTask(open);
    const attempt = await claimed();
    const batch = { pieces: [piece('stdout', 0, 'one\n'), piece('stdout', 4, 'two\n'), piece('stdout', 8, 'thr', true)], progress: null };
    await control.tellLive(attempt, batch);
    const before = await log(uid);
    for (const pieces of [batch.pieces, [piece('stdout', 0, 'other\n')], [piece('stdout', 5, 'wo\nmore\n')]]) {
      await control.tellLive(attempt, { pieces, progress: null });
      expect(await log(uid)).toEqual(before);
    }
  });

  it('keeps no more of a stream than its limit, and refuses pieces that do not follow each other', async () => {
    const { control, claimed, uid, log } = await withTask(open);
    const attempt = await claimed();
    const most = LIVE_LOG.streamBytesMax;
    await control.tellLive(attempt, {
      pieces: [piece('stdout', most - 2, '\u20ac'), piece('stderr', most - 3, '\u20ac')],
      progress: null,
    });
    expect((await log(uid)).pieces).toEqual([`stderr ${most - 3} \u20ac`]);
    const crooked = [
      [piece('stdout', 4, 'x'), piece('stdout', 0, 'y')],
      [piece('stdout', 0, 'x', true), piece('stdout', 0, 'y')],
      [piece('stdout', most + 1, 'x')],
      Array.from({ length: LIVE_LOG.batchPiecesMax + 1 }, (_, at) => piece('stdout', at, 'x')),
    ];
    for (const pieces of crooked) {
      await expect(control.tellLive(attempt, { pieces, progress: null })).rejects.toMatchObject({ code: 'invalid_request' });
    }
  });

  it('takes the largest batch, whatever is in it', async () => {
    const { control, claimed, uid, log } = await withTask(open);
    const text = '\0\ud800\u0001'.repeat(LIVE_LOG.batchBytesMax / 8);
    await control.tellLive(await claimed(), { pieces: [piece('stdout', 0, text)], progress: null });
    expect((await log(uid)).pieces[0]?.length).toBe('stdout 0 '.length + text.length);
  });
}
