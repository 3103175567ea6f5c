import type { AttemptRef } from './model-runtime.ts';

/** Where the folders of attempts lie, below a consumer's work folder. */
export const ATTEMPTS = 'attempts';
/** Where the files of models lie, below a consumer's work folder: a folder each, named by the hash of the model's zip. */
export const MODEL_FILES = 'models';
/** The names of consumers' work folders, below WORK_DIR: `consumer-1` and so on. */
export const CONSUMER_FOLDER = /^consumer-[1-9][0-9]?$/;

/** The folder of one attempt, below `ATTEMPTS`. */
export function folderName({ taskUid, attempt }: AttemptRef): string {
  return `${taskUid}-${attempt}`;
}
