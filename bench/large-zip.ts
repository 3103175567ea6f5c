import { randomFillSync } from 'node:crypto';
import { mkdir, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zipFolder } from './zip-folder.ts';

const MIB = 1024 ** 2;
const FILES = 8;
const FILE_BYTES = 128 * MIB;
const PIECE_BYTES = 4 * MIB;

/** Writes a zip of 1 GiB to `path`: files of random bytes, stored, and the settings that make slow-echo copy them without waiting. */
export async function largeZip(parent: string, path: string, signal: AbortSignal): Promise<void> {
  const folder = join(parent, 'content');
  await mkdir(folder);
  await writeFile(join(folder, 'slow-echo.json'), '{"seconds": 0}');
  for (let file = 0; file < FILES; file++) {
    signal.throwIfAborted();
    await writeNoise(join(folder, `noise-${file}.zst`));
  }
  await zipFolder(folder, path);
  await rm(folder, { recursive: true });
}

async function writeNoise(path: string): Promise<void> {
  const piece = Buffer.alloc(PIECE_BYTES);
  await using file = await open(path, 'wx');
  for (let written = 0; written < FILE_BYTES; written += PIECE_BYTES) await file.write(randomFillSync(piece));
}
