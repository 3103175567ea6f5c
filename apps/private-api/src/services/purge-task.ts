import type { Deps } from '../deps.ts';

/**
 * Removes the input, the output, the log and the last lines of an ended task whose time is over, unless it is put back into the queue at this moment. The
 * row is locked until all is gone: an operator who wants the task back waits, and then hears that its input is no longer kept.
 */
export async function purgeTask(deps: Deps, id: number): Promise<void> {
  await deps.store.transaction(async (tx) => {
    const task = await tx.lockPurgeable(id, deps.settings.keepFilesSeconds);
    if (task === null) return;
    // Files first: should the process die between, the next pass deletes them again, which does no harm.
    await deps.files.delete(task.inputKey);
    if (task.outputKey !== null) await deps.files.delete(task.outputKey);
    await tx.deletePieces(id);
    // What came after its user deleted it, from an attempt that was still running.
    if (task.isDeleted) await tx.eraseTexts(id);
    await tx.markPurged(id);
  });
}
