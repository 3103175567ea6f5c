import type { Readable } from 'node:stream';
import type { Lease } from '@inference/contracts';
import type { StoredOutput } from '@inference/domain';
import type { Deps } from '../deps.ts';
import { findLive } from './find-live.ts';
import { outputKey } from './output-key.ts';

/** Stores an attempt's output under a name of its own; it counts only once the attempt's report names it, and is swept otherwise. */
export async function putOutput(deps: Deps, lease: Lease, zip: Readable): Promise<StoredOutput> {
  const received = await deps.files.receive(zip, deps.settings.outputBytesMax);
  try {
    await findLive(deps.store, lease);
    return await received.keep(outputKey(lease, received.sha256));
  } catch (error) {
    await received.discard();
    throw error;
  }
}
