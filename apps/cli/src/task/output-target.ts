import { readdir, stat } from 'node:fs/promises';
import { UsageError } from '../usage-error.ts';

/** Names that are tried for a result that nobody named. */
const NAMES_MAX = 10_000;

/** Where an output goes: to stdout, to a zip, or unpacked into a folder. */
export type OutputTarget = { readonly kind: 'stdout' } | { readonly kind: 'zip' | 'folder'; readonly path: string };

/** Reads `-O`: `-` is stdout, `*.zip` a zip, anything else a folder. Refuses what is there already, so that nothing is lost. */
export async function outputTarget(text: string, mayReplace: boolean): Promise<OutputTarget> {
  if (text === '-') return { kind: 'stdout' };
  const found = await stat(text).catch(() => null);
  if (text.toLowerCase().endsWith('.zip') && found?.isDirectory() !== true) {
    if (found !== null && !mayReplace)
      throw new UsageError(`${text} is there already. Choose another name with -O, or write over it with --yes.`);
    return { kind: 'zip', path: text };
  }
  if (found !== null && !found.isDirectory())
    throw new UsageError(`${text} is no folder. -O takes a name that ends in .zip, a folder, or - for stdout.`);
  if (found !== null && (await readdir(text)).length > 0)
    throw new UsageError(`The folder ${text} is not empty: the output would mix with what is there.`);
  return { kind: 'folder', path: text };
}

/** A name for a result that nobody named, which no file has yet. */
export async function freeTarget(name: string): Promise<OutputTarget> {
  for (let number = 1; number <= NAMES_MAX; number++) {
    const path = number === 1 ? `${name}.out.zip` : `${name}.out-${number}.zip`;
    if ((await stat(path).catch(() => null)) === null) return { kind: 'zip', path };
  }
  throw new UsageError(`There are ${NAMES_MAX} results of that name here. Choose one with -O.`);
}
