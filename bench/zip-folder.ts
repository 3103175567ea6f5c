import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { collectFolder } from '@inference/zips';

const LIMITS = { contentBytesMax: 2 * 1024 ** 3, entriesMax: 1_000 };

/** Writes a zip of a folder to `path`. Files whose names say that they are compressed are stored as they are. */
export async function zipFolder(folder: string, path: string): Promise<void> {
  await pipeline(collectFolder(folder, { limits: LIMITS }).zip, createWriteStream(path));
}
