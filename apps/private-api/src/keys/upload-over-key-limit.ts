import { AppError } from '@inference/domain';

/** The refusal of an upload that is larger than its key allows. */
export function uploadOverKeyLimit(bytesMax: number): AppError {
  return new AppError(
    'upload_too_large',
    `This key may upload ${bytesMax} bytes at a time: send less, or ask the admin for a higher limit.`,
  );
}
