import type { ZipErrorCode, ZipLimits } from '@inference/domain';
import { walkZip } from './walk-zip.ts';
import { ZipRefusal } from './zip-refusal.ts';

/** What the check of a zip found. `message` is a sentence for users. */
export type ZipVerdict =
  | { readonly ok: true; readonly entries: number; readonly contentBytes: number }
  | { readonly ok: false; readonly code: ZipErrorCode; readonly message: string };

/**
 * Checks a zip in this process. Use a ZipChecker for zips of strangers: it also bounds memory and processor time.
 * `onDirectory` hears the declared content in bytes before the content is read. Rejects when the file cannot be read.
 */
export async function checkZip(path: string, limits: ZipLimits, onDirectory?: (contentBytes: number) => void): Promise<ZipVerdict> {
  try {
    const summary = await walkZip(path, limits, onDirectory === undefined ? {} : { onDirectory });
    return { ok: true, ...summary };
  } catch (error) {
    if (error instanceof ZipRefusal) return { ok: false, code: error.code, message: error.message };
    throw error;
  }
}
