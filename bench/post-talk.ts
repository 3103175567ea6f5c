import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Platform } from './start-platform.ts';
import { TALK_FILES, TALKING_MODEL } from './talking-model.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { zipFolder } from './zip-folder.ts';

/** How many lines a task prints, and how long it waits after each one, in seconds. */
export type Talk = { readonly lines: number; readonly pauseSeconds: number };

/** Posts a task that prints when it prints, and answers its uid. */
export async function postTalk(platform: Platform, parent: string, { lines, pauseSeconds }: Talk): Promise<string> {
  await using folder = await temporaryFolder(parent, 'talk-');
  const [content, path] = [join(folder.path, 'content'), join(folder.path, 'input.zip')];
  await mkdir(content);
  await writeFile(join(content, TALK_FILES.lines), String(lines));
  await writeFile(join(content, TALK_FILES.pause), String(pauseSeconds));
  await zipFolder(content, path);
  return String(await platform.client.post(`/api/tasks/?model_human_readable_id=${TALKING_MODEL}`, { zip: await readFile(path) }));
}
