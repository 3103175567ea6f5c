import type { Lease } from '@inference/contracts';
import type { LogEnds } from '@inference/domain';
import type { Deps } from '../deps.ts';
import { findLive } from './find-live.ts';

/** Where the log of each stream of an attempt ends, in bytes; lines that are not over are not counted. @throws AppError `stale` */
export async function findLogEnds(deps: Deps, lease: Lease): Promise<LogEnds> {
  const { taskId, attempt } = await findLive(deps.store, lease);
  const ends = new Map((await deps.store.listLogEnds(taskId, attempt)).map(({ stream, end }) => [stream, end]));
  return { stdout: ends.get('stdout') ?? 0, stderr: ends.get('stderr') ?? 0 };
}
