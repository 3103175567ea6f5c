import { createHash } from 'node:crypto';
import { ModelFiles } from '@inference/consumer';
import { describe, expect, it } from 'vitest';
import { ProcessLife } from './process-life.ts';
import { Random } from './random.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { INPUT_FILE, WEIGHTS, zipOfText, zipsSeenBy } from './simulated-zips.ts';
import { Timeline } from './timeline.ts';

const SEEDS = 50;
const LONG_MS = 60_000;
const ZIP = zipOfText(WEIGHTS);
const SHA256 = createHash('sha256').update(ZIP).digest('hex');

/** Holds the files of a model on a machine, and cuts its power after so long, in milliseconds; then holds them once more. */
async function heldAfterPowerCut(seed: number, cutMs: number): Promise<string | undefined> {
  const timeline = new Timeline();
  const disk = new SimulatedDisk(timeline, new Random(seed), '/consumer');
  const hold = async () => {
    const life = new ProcessLife(timeline);
    const seen = disk.seenBy(life);
    const files = new ModelFiles({ root: '/consumer/models', bytesMax: 1e6, disk: seen, zips: zipsSeenBy(seen) });
    const fetch = async (path: string) => {
      const file = await seen.create(path);
      await file.write([ZIP]);
      await file.close();
    };
    let folder: string | null = null;
    void files.hold({ sha256: SHA256, bytes: ZIP.length, signal: new AbortController().signal, fetch }).then((held) => {
      folder = held.folder;
    });
    return { life, folder: () => folder };
  };
  const first = await hold();
  await timeline.pass(cutMs);
  first.life.kill();
  disk.cutPower();
  const second = await hold();
  await timeline.pass(LONG_MS);
  return disk.contentOf(`${second.folder()}/${INPUT_FILE}`)?.toString();
}

describe('the files of models', () => {
  it('are whole after a power cut, whenever that comes', async () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      for (const cutMs of [0, 5, 10, 20, LONG_MS]) {
        expect(await heldAfterPowerCut(seed, cutMs), `seed ${seed}, cut after ${cutMs} ms`).toBe(WEIGHTS);
      }
    }
  });
});
