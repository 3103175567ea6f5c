import { AppError } from '@inference/domain';

/** What a part of JSON says. @throws AppError `bad_request` */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AppError('bad_request', 'A part of the request is not JSON.', { cause: error });
  }
}
