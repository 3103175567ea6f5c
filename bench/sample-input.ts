import { join } from 'node:path';
import { extractZip } from '@inference/zips';
import { zipFolder } from './zip-folder.ts';

const SAMPLE = join(import.meta.dirname, '..', 'examples', 'models', 'word-count', 'sample');

/** A small input, as a zip and as the folder that the zip holds. */
export type SampleInput = {
  readonly zip: string;
  readonly folder: string;
  /** The name of a file in it. */
  readonly file: string;
};

/** Makes the sample of the shipped model word-count ready for both sides, in `parent`. */
export async function sampleInput(parent: string): Promise<SampleInput> {
  const [zip, folder] = [join(parent, 'input.zip'), join(parent, 'input')];
  await zipFolder(SAMPLE, zip);
  await extractZip(zip, folder);
  return { zip, folder, file: 'welcome.txt' };
}
