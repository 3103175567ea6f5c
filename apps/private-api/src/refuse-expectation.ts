import { AppError } from '@inference/domain';
import type { RequestHandler } from 'express';

/** Refuses what a client expects of us beside being told to go on: Node would do so with an empty 417. */
export const refuseExpectation: RequestHandler = ({ headers }, _response, next) => {
  if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue') {
    throw new AppError('bad_request', 'The only Expect header accepted is "100-continue".');
  }
  next();
};
