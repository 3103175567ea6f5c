import { ZIP_ERRORS, type ZipErrorCode } from '@inference/domain';

/** What any route that takes a zip may refuse. */
export const UPLOAD_REFUSALS = [
  'invalid_request',
  'upload_incomplete',
  'upload_too_large',
  'message_too_large',
  'unsupported_media_type',
  'storage_full',
  ...(Object.keys(ZIP_ERRORS) as ZipErrorCode[]),
] as const;
