import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { ClaimedAttempt, ControlPlane } from '@inference/contracts';
import { MODEL_LIMITS, OUTPUT_LIMITS, UNKNOWN_USAGE } from '@inference/domain';
import { testFolder } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import type { Deps } from '../deps.ts';
import { ZIPS } from '../zips.ts';
import { collectOutput } from './collect-output.ts';

const STORED = { key: 'outputs/x.zip', bytes: 1, sha256: 'a'.repeat(64) };

/** Collects a folder with one file, for a control plane that does this with the zip. */
async function collect(putOutput: (openZip: () => Readable) => Promise<void>, entriesMax = 10) {
  const folder = await testFolder();
  await writeFile(join(folder, 'out.txt'), 'result');
  const control: Pick<ControlPlane, 'putOutput'> = {
    putOutput: async (_lease, openZip) => {
      await putOutput(openZip);
      return STORED;
    },
  };
  const deps = { control, zips: ZIPS, outputLimits: { ...OUTPUT_LIMITS, entriesMax } } as unknown as Deps;
  const claimed = { model: { limits: MODEL_LIMITS } } as ClaimedAttempt;
  return collectOutput(deps, claimed, { folder, warnings: ['one'], usage: { ...UNKNOWN_USAGE, runMs: 5 } }, new AbortController().signal);
}

describe('collecting an output', () => {
  it('zips it anew for an upload that is begun anew', async () => {
    const zips: Buffer[] = [];
    const outcome = await collect(async (openZip) => {
      openZip().destroy();
      zips.push(await buffer(openZip()), await buffer(openZip()));
    });
    expect(outcome).toEqual({
      kind: 'succeed',
      output: STORED,
      warnings: ['one'],
      usage: { ...UNKNOWN_USAGE, runMs: 5, outputBytes: 6 },
    });
    expect(zips[0]?.length).toBeGreaterThan(100);
    expect(zips[1]).toEqual(zips[0]);
  });

  it('leaves no zip half read when the upload fails', async () => {
    const opened: Readable[] = [];
    const failing = collect(async (openZip) => {
      opened.push(openZip());
      throw new Error('away');
    });
    await expect(failing).rejects.toThrow('away');
    expect(opened[0]?.destroyed).toBe(true);
  });

  it('fails the attempt as bad_output when the model wrote what cannot be kept', async () => {
    const outcome = await collect(async (openZip) => void (await buffer(openZip())), 0);
    expect(outcome).toMatchObject({ kind: 'fail', failure: { class: 'bad_output' } });
  });
});
