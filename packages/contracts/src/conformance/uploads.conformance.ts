import { Readable } from 'node:stream';
import { until } from '@inference/testing';
import { expect, it } from 'vitest';
import { NEVER, type OpenHarness, withTask } from '../testing/control-plane-harness.ts';

/** What is left of outputs that are refused, break off or are stopped. */
export function uploadConformance(open: OpenHarness): void {
  it('refuses an output above the limit and leaves nothing of it', async () => {
    const { control, claimed, outputBytesMax, countFiles, uid, rows } = await withTask(open);
    const attempt = await claimed();
    const tooLarge = () => Readable.from([Buffer.alloc(outputBytesMax), Buffer.alloc(64 * 1024 * 1024)]);
    await expect(control.putOutput(attempt, tooLarge, NEVER)).rejects.toMatchObject({ code: 'upload_too_large' });
    expect([await countFiles(), (await rows(uid)).state]).toEqual([0, 'running']);
  });

  it('leaves nothing of an output that breaks off, and says why it did', async () => {
    const { control, claimed, countFiles } = await withTask(open);
    const broken = () => {
      const pieces = async function* () {
        yield Buffer.alloc(100_000);
        throw new Error('unreadable');
      };
      return Readable.from(pieces(), { objectMode: false });
    };
    await expect(control.putOutput(await claimed(), broken, NEVER)).rejects.toThrow('unreadable');
    await until('the end of the half file', async () => (await countFiles()) === 0);
  });

  it('ends an upload early when it is told to', async () => {
    const { control, claimed, countFiles } = await withTask(open);
    const aborter = new AbortController();
    const openZip = () => {
      const zip = new Readable({ read: () => setTimeout(() => aborter.abort('drain')) });
      zip.push(Buffer.alloc(100_000));
      return zip;
    };
    await expect(control.putOutput(await claimed(), openZip, aborter.signal)).rejects.toThrow();
    await until('the end of the half file', async () => (await countFiles()) === 0);
  });

  it('stores nothing of an upload that was ended before it began', async () => {
    const { control, claimed, countFiles } = await withTask(open);
    const openZip = () => Readable.from([Buffer.alloc(100_000)]);
    await expect(control.putOutput(await claimed(), openZip, AbortSignal.abort())).rejects.toThrow();
    await until('the end of the half file', async () => (await countFiles()) === 0);
  });
}
