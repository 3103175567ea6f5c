import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes a folder model below `modelsFolder`; by default its command is `sh /input/run.sh`. */
export async function scriptModel(modelsFolder: string, name = 'script', over: object = {}): Promise<string> {
  const folder = join(modelsFolder, name);
  await mkdir(folder, { recursive: true });
  // Only the sandbox keeps a model from writing here.
  await chmod(folder, 0o777);
  const model = { humanReadableId: name, process: { command: ['sh', '/input/run.sh'] }, ...over };
  await writeFile(join(folder, 'model.json'), JSON.stringify(model));
  return folder;
}
