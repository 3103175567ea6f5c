import { collectFolder, extractZip, isOverLimits } from '@inference/zips';

/** What a consumer does with zips. */
export type Zips = {
  /** Extracts an input, or the files of a model. */
  readonly extract: typeof extractZip;
  /** Zips what a model wrote. */
  readonly collect: typeof collectFolder;
  /** Whether a model that still runs has written too much. */
  readonly isOverLimits: typeof isOverLimits;
};

/** On the disk of this machine. */
export const ZIPS: Zips = { extract: extractZip, collect: collectFolder, isOverLimits };
