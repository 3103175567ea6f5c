import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How people address it. */
export const TALKING_MODEL = 'talking';
/** Its input's files: how many lines it prints, and how long it waits after each one, in seconds. */
export const TALK_FILES = { lines: 'lines', pause: 'pause' } as const;
/** What a line is: the nanoseconds since 1970 at which it was printed, by the machine's clock. */
const COMMAND = [
  'sh',
  '-c',
  `for line in $(seq "$(cat /input/${TALK_FILES.lines})"); do date +%s%N; sleep "$(cat /input/${TALK_FILES.pause})"; done; echo over > /output/over`,
] as const;

/** Puts the model in a folder of its own, below the folder of models. */
export async function writeTalkingModel(models: string): Promise<void> {
  const folder = join(models, TALKING_MODEL);
  await mkdir(folder, { recursive: true });
  const settings = { humanReadableId: TALKING_MODEL, process: { command: COMMAND } };
  await writeFile(join(folder, 'model.json'), JSON.stringify(settings));
}
