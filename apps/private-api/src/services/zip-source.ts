import { AppError } from '@inference/domain';
import type { StoredFile } from '@inference/files';
import type { ZipSource } from '@inference/zips';
import type { Deps } from '../deps.ts';

/** Bytes that are read at once. */
const PIECE_BYTES = 256 * 1024;

/** A stored zip as something to read ranges of. */
export function zipSource({ files }: Pick<Deps, 'files'>, { key, bytes }: StoredFile): ZipSource {
  return { bytes, read: (start, end) => pieces(files, key, { start, end }) };
}

/** One piece after the other, each read once it is wanted. */
async function* pieces(files: Deps['files'], key: string, range: { start: number; end: number }): AsyncGenerator<Buffer> {
  for (let at = range.start; at <= range.end; at += PIECE_BYTES) {
    const gathered: Buffer[] = [];
    const take = async (piece: Buffer) => gathered.push(Buffer.from(piece)) > 0;
    const found = await files.read(key, take, { start: at, end: Math.min(at + PIECE_BYTES - 1, range.end) });
    if (!found) throw new AppError('output_expired');
    yield Buffer.concat(gathered);
  }
}
