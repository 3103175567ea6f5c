import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Input } from './input.ts';
import { InputError } from './input-error.ts';
import { piecesOfFile } from './pieces-of-file.ts';

/** A zip that lies on this machine, sent as it is. */
export async function zipInput(path: string): Promise<Input> {
  const { size } = await stat(path);
  return {
    name: basename(path),
    bytes: size,
    isRepeatable: true,
    warnings: [],
    open: async function* (onContent) {
      const file = await open(path).catch((error: Error) => {
        throw new InputError(`${path} cannot be read: ${error.message}`);
      });
      yield* piecesOfFile(file, path, onContent);
    },
  };
}
