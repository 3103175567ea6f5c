import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How people address it. */
export const TINY_MODEL = 'tiny';
/** Where it writes when it started: nanoseconds since 1970, by the machine's clock. */
export const STARTED_FILE = 'started';
/** As little as a model can do: it writes down when it started. */
export const TINY_COMMAND = ['sh', '-c', `date +%s%N > /output/${STARTED_FILE}`] as const;

/** Puts the model in a folder of its own, below the folder of models, and answers which. */
export async function writeTinyModel(models: string): Promise<string> {
  const folder = join(models, TINY_MODEL);
  await mkdir(folder, { recursive: true });
  const settings = { humanReadableId: TINY_MODEL, process: { command: TINY_COMMAND } };
  await writeFile(join(folder, 'model.json'), JSON.stringify(settings));
  return folder;
}
