import { join } from 'node:path';
import type { ClaimedAttempt } from '@inference/contracts';
import { ATTEMPTS, folderName } from '@inference/runtime';
import type { Deps } from '../deps.ts';
import type { Interrupter } from '../interruption.ts';
import type { Stage } from '../journal/journal-entry.ts';

/** The folders of one attempt, and what takes them away again. */
export type AttemptFolders = {
  readonly input: string;
  readonly output: string;
  readonly model: string | null;
  /** Whether /output is a disk of its own, and full. */
  isOutputFull(): Promise<boolean>;
  /** The model, which has ended, needs its files no more. May be called twice. */
  letGoOfModel(): void;
  remove(): Promise<void>;
};

/** How far an earlier process has come with the attempt (null: it begins), and what breaks it off. */
type Coming = { readonly interrupter: Interrupter; readonly left: Stage | null };

/** Removes the folder of an attempt with all that is in it, and first what is mounted there. */
export async function removeFolders({ disk, outputDisks }: Pick<Deps, 'disk' | 'outputDisks'>, root: string): Promise<void> {
  await outputDisks.letGo(root);
  await disk.remove(root);
}

/** Makes the attempt's folders, those that are not there: an input and an output, and the model's files where it has some and may yet run. */
export async function makeFolders(deps: Deps, claimed: ClaimedAttempt, { interrupter, left }: Coming): Promise<AttemptFolders> {
  const root = join(deps.workFolder, ATTEMPTS, folderName(claimed));
  const input = join(root, 'input');
  const { zip, limits } = claimed.model;
  const remove = () => removeFolders(deps, root);
  try {
    await deps.disk.makeFolder(root);
    const room = { bytes: limits.outputBytes, entries: deps.outputLimits.entriesMax };
    const disk = await deps.outputDisks.make(root, room);
    const output = disk?.folder ?? join(root, 'output');
    await Promise.all([deps.disk.makeFolder(input), deps.disk.makeFolder(output)]);
    const isOutputFull = async () => (await disk?.isFull()) ?? false;
    const isOver = left !== null && left.kind !== 'started';
    if (zip === null || isOver) return { input, output, model: null, isOutputFull, letGoOfModel: () => {}, remove };
    const held = await deps.modelFiles.hold({
      ...zip,
      signal: interrupter.signal,
      fetch: (path) => deps.control.fetchModelZip(claimed, path, interrupter.signal),
    });
    return {
      input,
      output,
      model: held.folder,
      isOutputFull,
      letGoOfModel: () => held.release(),
      remove,
    };
  } catch (error) {
    // What an earlier process has begun may still be written to, or be all that there is of a result: a sweep takes it, after the model.
    if (left === null) await remove();
    throw error;
  }
}
