import { AppError } from '@inference/domain';
import type { ErrorRequestHandler } from 'express';
import type { Log } from './log.ts';

/** What an error tells the client, beside its sentence. */
export type ErrorExtras = { reason?: string };

/**
 * Turns what a route threw into an answer: `{"detail": sentence, "code": stable code}`, where `invalid_request` lists its fields in
 * FastAPI's shape. Anything that is not an AppError is ours: it is logged here, once, and the client gets an id to quote.
 *
 * @param translate turns errors of libraries and drivers into an AppError, or answers null
 */
export function errorHandler(log: Log, translate: (error: unknown) => AppError | null): ErrorRequestHandler {
  return (thrown: unknown, request, response, next) => {
    const error = thrown instanceof AppError ? thrown : translate(thrown);
    if (response.headersSent) {
      // The status is out: cutting the connection is the only way left to say that the body is not whole.
      if (error === null) log.error({ err: thrown, requestId: request.headers['x-request-id'] }, 'a request failed while it was answered');
      response.destroy();
      return;
    }
    if (error === null || error.status === 500) log.error({ err: thrown, requestId: request.headers['x-request-id'] }, 'a request failed');
    else if (error.status === 503 || error.status === 507)
      log.warn({ err: error, requestId: request.headers['x-request-id'] }, 'a request could not be served');
    send(
      error ??
        new AppError(
          'internal',
          `The server had a fault of its own. Its log has the details under request id ${request.headers['x-request-id']}.`,
        ),
    );

    function send(known: AppError): void {
      if (known.status === 503) response.setHeader('Retry-After', '5');
      response.status(known.status);
      // JSON goes out with its length even for HEAD; the rest of the request's body, if any, is not waited for.
      const detail = known.fields.length > 0 ? known.fields : known.message;
      response.json({ detail, code: known.code });
      void next;
    }
  };
}
