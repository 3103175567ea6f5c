import type { Deps } from '../deps.ts';
import type { PurgeRow } from '../store/purge-store.ts';

/**
 * Removes the input, the output, the log and the last lines of an ended task whose time is over, unless it is put back into the queue at this moment. The
 * row is locked until all is gone: an operator who wants the task back waits, and then hears that its input is no longer kept.
 *
 * @returns why a file of it cannot be deleted: then it waits for the next pass; null where nothing is in the way
 */
export async function purgeTask(deps: Deps, id: number): Promise<Error | null> {
  return await deps.store.transaction(async (tx) => {
    const task = await tx.lockPurgeable(id, deps.settings.keepFilesSeconds);
    if (task === null) return null;
    // Files first: should the process die between, the next pass deletes them again, which does no harm.
    const failure = await deleteFiles(deps, task);
    if (failure !== null) return failure;
    await tx.deletePieces(id);
    // What came after its user deleted it, from an attempt that was still running.
    if (task.isDeleted) await tx.eraseTexts(id);
    await tx.markPurged(id);
    return null;
  });
}

/** Answers why a file cannot be deleted, or null. */
async function deleteFiles({ files }: Deps, { inputKey, outputKey }: PurgeRow): Promise<Error | null> {
  try {
    await files.delete(inputKey);
    if (outputKey !== null) await files.delete(outputKey);
    return null;
  } catch (error) {
    return error as Error;
  }
}
