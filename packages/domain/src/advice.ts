import type { ErrorCode } from './errors.ts';
import type { ZipErrorCode } from './zip-errors.ts';

const AGAIN = 'Make the zip again, with another program if it happens again.';
const LESS = 'Send less at a time, or ask the admin for a higher limit.';
const INSIDE = 'Make the zip from inside the folder.';
const RENAME = 'Rename or remove one of them.';

const ZIP_ADVICE: Readonly<Record<ZipErrorCode, string>> = {
  zip_empty: 'Check the path of the file that was sent.',
  zip_not_a_zip: 'Pack the files as a zip; a task also takes plain files, as parts "files" of a multipart/form-data body.',
  zip_truncated: 'Send it again; if that does not help, make it again.',
  zip_bad_end: AGAIN,
  zip_bad_directory: AGAIN,
  zip_extra_bytes: AGAIN,
  zip_header_mismatch: AGAIN,
  zip_size_mismatch: AGAIN,
  zip_crc_mismatch: AGAIN,
  zip_bad_data: AGAIN,
  zip_count_mismatch: AGAIN,
  zip_bad_zip64: AGAIN,
  zip_too_large: LESS,
  zip_content_too_large: LESS,
  zip_too_many_entries: LESS,
  zip_name_too_long: 'Use shorter names.',
  zip_too_deep: 'Put fewer folders into each other.',
  zip_too_costly: 'Make the zip again with usual settings, or with fewer files.',
  zip_encrypted: 'Make the zip without a password.',
  zip_multi_disk: 'Join the parts to one zip before sending.',
  zip_bad_method: 'Make the zip with the method deflate or store.',
  zip_no_entries: 'Pack at least one file or folder.',
  zip_path_escape: INSIDE,
  zip_absolute_path: INSIDE,
  zip_link: 'Pack the files that the links point to.',
  zip_special_file: 'Pack plain files and folders only.',
  zip_duplicate_name: RENAME,
  zip_name_collision: RENAME,
  zip_bad_name: 'Rename the file.',
  zip_name_disagrees: AGAIN,
  zip_overlap: AGAIN,
};

/** What to do about an error whose sentence does not say it. The legacy routes keep the bare sentences: their clients compare some. */
export const ADVICE: Readonly<Partial<Record<ErrorCode, string>>> = {
  ...ZIP_ADVICE,
  task_not_found: 'GET /api/v1/tasks shows yours.',
  model_not_found: 'GET /api/v1/models shows which there are.',
  upload_incomplete: 'Nothing was kept: send it again.',
  model_disabled: 'Use another model, or ask an operator.',
  no_gpu: 'Start a consumer with a GPU, register the model without one, or have the admin set ALLOW_CPU_FALLBACK=1.',
  output_expired: 'Send the task again.',
  input_expired: 'Send it again, as a new task.',
};
