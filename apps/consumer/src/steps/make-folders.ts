import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClaimedAttempt } from '@inference/contracts';
import type { Deps } from '../deps.ts';

/** The folders of one attempt, and what takes them away again. */
export type AttemptFolders = {
  readonly input: string;
  readonly output: string;
  readonly model: string | null;
  remove(): Promise<void>;
};

/** Where the folders of attempts lie, below the work folder. */
export const ATTEMPTS = 'attempts';

/** The folder of one attempt, below `ATTEMPTS`. */
export function folderName({ taskUid, attempt }: { taskUid: string; attempt: number }): string {
  return `${taskUid}-${attempt}`;
}

/** Makes the attempt's folders: an empty input and output, and the model's files where it has some. */
export async function makeFolders(deps: Deps, claimed: ClaimedAttempt, signal: AbortSignal): Promise<AttemptFolders> {
  const root = join(deps.workFolder, ATTEMPTS, folderName(claimed));
  const [input, output] = [join(root, 'input'), join(root, 'output')];
  const { zip } = claimed.model;
  const remove = () => rm(root, { recursive: true, force: true });
  try {
    await mkdir(root, { recursive: true });
    await Promise.all([mkdir(input), mkdir(output)]);
    if (zip === null) return { input, output, model: null, remove };
    const held = await deps.modelFiles.hold({ ...zip, fetch: (path) => deps.control.fetchModelZip(claimed, path, signal) });
    return {
      input,
      output,
      model: held.folder,
      remove: async () => {
        held.release();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
