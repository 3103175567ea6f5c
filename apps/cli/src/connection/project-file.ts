import { dirname, join } from 'node:path';
import { readJsonFile } from './read-json-file.ts';

const NAME = '.inference.json';
/** Folders that are looked through, upwards. */
const DEPTH_MAX = 64;

/** What a project says about its server. It may lie in anybody's repository, so it holds no key, and none is sent to its address. */
export type ProjectFile = { readonly path: string; readonly url: string | undefined; readonly profile: string | undefined };

/** The project's file, from the folder upwards; null where there is none. */
export async function findProjectFile(folder: string): Promise<ProjectFile | null> {
  let at = folder;
  for (let depth = 0; depth < DEPTH_MAX; depth++) {
    const path = join(at, NAME);
    const found = await readJsonFile(path);
    if (found !== null) return { path, url: textOf(found['url']), profile: textOf(found['profile']) };
    if (dirname(at) === at) return null;
    at = dirname(at);
  }
  return null;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
