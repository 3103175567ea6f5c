import { AppError } from '@inference/domain';

/** What a part of a multipart body says in JSON. @throws AppError `bad_request` */
export function parseJson(part: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AppError('bad_request', `The part "${part}" is not JSON.`, { cause: error });
  }
}
