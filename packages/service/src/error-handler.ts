import { AppError, reasonOf } from '@inference/domain';
import type { ErrorRequestHandler, Request } from 'express';
import { isV1Path } from './is-v1-path.ts';
import type { Log } from './log.ts';
import { PROBLEM_TYPE, problemOf } from './problem.ts';
import { refusalBody } from './refusal-body.ts';

export type ErrorHandlerOptions = {
  readonly log: Log;
  /** Turns errors of libraries and drivers into an AppError, or answers null for a fault of ours. */
  readonly translate: (error: unknown) => AppError | null;
  /** The status to send, where a request asked for another one than the error's own. */
  readonly statusFor?: (status: number, request: Request) => number;
};

/** When it is worth trying again, where the error does not say it. */
const RETRY_AFTER_SECONDS = 5;

/**
 * Turns what a route threw into an answer: `{"detail": sentence, "code": stable code}`, where `invalid_request` lists its fields in
 * FastAPI's shape; under /api/v1 a problem document. Anything that is not an AppError is ours: it is logged here, once, and the client gets an id to quote.
 */
export function errorHandler({ log, translate, statusFor = (status) => status }: ErrorHandlerOptions): ErrorRequestHandler {
  // Express knows an error handler by its four parameters.
  return (thrown: unknown, request, response, _next) => {
    const known = thrown instanceof AppError ? thrown : translate(thrown);
    const requestId = request.headers['x-request-id'];
    if (known === null) log.error({ err: thrown, requestId }, 'a request failed');
    else if (known.status === 503 || known.status === 507)
      log.warn({ reason: reasonOf(thrown), requestId }, 'a request could not be served');
    if (response.headersSent) {
      // The status is out: cutting the connection is the only way left to say that the body is not whole.
      response.destroy();
      return;
    }
    const error =
      known ?? new AppError('internal', `The server had a fault of its own; its log has the details under the request id ${requestId}.`);
    const retryAfter = error.retryAfterSeconds ?? (error.status === 503 ? RETRY_AFTER_SECONDS : null);
    if (retryAfter !== null) response.setHeader('Retry-After', String(retryAfter));
    if (isV1Path(request.originalUrl)) {
      const problem = problemOf(error, { requestId: String(requestId), url: request.originalUrl });
      if (problem.status === 401) response.setHeader('WWW-Authenticate', 'Bearer');
      response.status(problem.status).type(PROBLEM_TYPE).send(JSON.stringify(problem));
      return;
    }
    response.status(statusFor(error.status, request)).type('json').send(refusalBody(error));
  };
}
