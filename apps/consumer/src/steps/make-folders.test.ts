import { join } from 'node:path';
import type { ClaimedAttempt } from '@inference/contracts';
import { newId } from '@inference/domain';
import { createInProcessQueue } from '@inference/queue';
import { ATTEMPTS, folderName } from '@inference/runtime';
import { describe, expect, it } from 'vitest';
import type { Deps } from '../deps.ts';
import { Interrupter } from '../interruption.ts';
import type { Stage } from '../journal/journal-entry.ts';
import { Board } from '../testing/board.ts';
import { testConsumerDeps } from '../testing/open-lane.ts';
import { makeFolders } from './make-folders.ts';

/** Makes the folders of an attempt on a machine without an output disk for it; answers what is there then. */
async function made(left: Stage | null): Promise<string[]> {
  const board = new Board();
  const make = async () => {
    throw new Error('mount did not end within 30 s.');
  };
  const deps = await testConsumerDeps(board, createInProcessQueue());
  const failing: Deps = { ...deps, outputDisks: { ...deps.outputDisks, make } };
  const claimed: ClaimedAttempt = board.attempt({ uid: newId(), gpuUuids: [] });
  await deps.disk.makeFolder(join(deps.workFolder, ATTEMPTS, folderName(claimed)));
  await expect(makeFolders(failing, claimed, { interrupter: new Interrupter(), left })).rejects.toThrow('mount');
  return await deps.disk.list(join(deps.workFolder, ATTEMPTS));
}

describe('the folders of an attempt that cannot all be made', () => {
  it('go where it begins', async () => {
    expect(await made(null)).toEqual([]);
  });

  it('stay where an earlier process has begun it: its model may write there, or its result be there', async () => {
    expect(await made({ kind: 'started', image: null, startedUptimeMs: 0 })).toHaveLength(1);
  });
});
