import { access, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Folders that are looked through, upwards. */
const DEPTH_MAX = 64;
/** What starts a server, as `npm start` does, below the checkout. */
const START = [join('scripts', 'run.mjs'), join('apps', 'standalone', 'src', 'main.ts')] as const;

/** The checkout of the project in which one of these folders lies; null where none does. */
export async function findCheckout(...folders: readonly string[]): Promise<string | null> {
  for (const folder of folders) {
    let at = folder;
    for (let depth = 0; depth < DEPTH_MAX; depth++) {
      if (await isCheckout(at)) return at;
      if (dirname(at) === at) break;
      at = dirname(at);
    }
  }
  return null;
}

/** What `npm start` runs in a checkout. */
export function startArguments(checkout: string): string[] {
  return START.map((path) => join(checkout, path));
}

async function isCheckout(folder: string): Promise<boolean> {
  try {
    const { name } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { name?: unknown };
    await Promise.all(startArguments(folder).map((path) => access(path)));
    return name === 'inference-server';
  } catch {
    // No manifest, or that of something else.
    return false;
  }
}
