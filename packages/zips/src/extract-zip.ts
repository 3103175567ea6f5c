import { AppError, ZIP_LIMITS, type ZipLimits } from '@inference/domain';
import { ExtractTarget } from './extract-target.ts';
import { walkZip, type ZipSummary } from './walk-zip.ts';
import { ZipRefusal } from './zip-refusal.ts';

export type ExtractOptions = {
  readonly signal?: AbortSignal;
  /** The limits the zip was checked with, when not the usual ones. */
  readonly limits?: ZipLimits;
};

/**
 * Extracts a zip into `folder`, which is made when missing and should be empty. Files get mode 0644, folders 0755, times are now.
 * The zip is held against every rule once more while it is read, so one that was not checked can do no harm either.
 * Rejects with an AppError that carries the zip's code when it breaks a rule, with the signal's reason when aborted, and with
 * the system's error otherwise (EEXIST: something of the same name was there). What was written until then stays: remove the folder.
 */
export async function extractZip(path: string, folder: string, options: ExtractOptions = {}): Promise<ZipSummary> {
  const target = new ExtractTarget(folder, options.signal);
  try {
    await target.makeRoot();
    const summary = await walkZip(path, options.limits ?? ZIP_LIMITS, {
      onFolder: (entry) => target.makeFolders(entry.name),
      onSmallFile: (entry, content) => target.writeSmall(entry, content),
      openFile: (entry) => target.open(entry),
    });
    await target.settle();
    return summary;
  } catch (error) {
    // Writes under way must have ended before the caller removes the folder; the first error is the one to tell.
    await target.settle().catch(() => {});
    throw error instanceof ZipRefusal ? new AppError(error.code, error.message) : error;
  }
}
