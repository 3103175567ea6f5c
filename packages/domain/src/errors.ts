import { ZIP_ERRORS } from './zip-errors.ts';

/**
 * Every error a user can meet: its HTTP status and what it says when nothing more exact is known.
 * docs/errors.md lists the same codes; a test compares them.
 */
export const ERRORS = {
  ...ZIP_ERRORS,
  task_pending: { status: 551, message: "Job status is 'pending' or 'running'" },
  task_failed: { status: 552, message: "Job status is 'failed'" },
  output_gone: { status: 553, message: "Job status is 'finished', but output zip does not exist" },
  task_not_found: { status: 554, message: 'Task not found' },
  model_not_found: { status: 554, message: 'Model not found' },
  not_found: { status: 404, message: 'There is nothing at this address.' },
  method_not_allowed: { status: 405, message: 'This method is not allowed here.' },
  unauthorized: { status: 401, message: 'A key is needed: send it as "Authorization: Bearer KEY".' },
  forbidden: { status: 403, message: 'This is not allowed.' },
  cross_origin: { status: 403, message: 'Requests that change something are not accepted from other web sites.' },
  invalid_request: { status: 422, message: 'The request is not valid.' },
  bad_request: { status: 400, message: 'The request cannot be read.' },
  headers_too_large: { status: 431, message: 'The headers of the request are too large or too many: send fewer.' },
  request_timeout: { status: 408, message: 'The request did not arrive in time: send it again.' },
  upload_incomplete: { status: 400, message: 'The upload ended before it was complete.' },
  upload_too_large: { status: 413, message: 'The upload is larger than this server accepts.' },
  message_too_large: { status: 413, message: 'The message is larger than this server accepts.' },
  unsupported_media_type: { status: 415, message: 'Send the zip as multipart/form-data, part "zip_file".' },
  output_not_ready: { status: 409, message: 'The task has not ended yet: there is no output to get.' },
  no_output: { status: 409, message: 'The task did not succeed: there is no output.' },
  output_expired: { status: 410, message: 'The output is no longer kept here.' },
  input_expired: { status: 410, message: 'The input is no longer kept here.' },
  log_expired: { status: 410, message: 'The log is no longer kept here.' },
  task_not_ended: { status: 409, message: 'The task has not ended yet: cancel it first, or wait for its end.' },
  task_succeeded: { status: 409, message: 'The task has succeeded: only failed and cancelled tasks go back to the queue.' },
  idempotency_conflict: { status: 409, message: 'Another task was sent under the same key: use a new key for another task.' },
  model_disabled: { status: 409, message: 'The model takes no tasks now: an operator has disabled it.' },
  no_gpu: { status: 422, message: 'The model asks for a GPU, and no consumer has one.' },
  impossible_resources: { status: 422, message: 'No machine has what the task asks for.' },
  model_exists: { status: 409, message: 'A model with this id exists already.' },
  key_not_found: { status: 404, message: 'There is no key with this prefix.' },
  key_ended: { status: 409, message: 'The key is revoked or expired: make a new one.' },
  too_many_requests: { status: 429, message: 'The key has made more requests than its limit allows: wait, then go on.' },
  too_many_queued_tasks: { status: 429, message: 'As many tasks wait as the limit of the key allows: send more when some have started.' },
  stale: { status: 409, message: 'This attempt is over: a newer one exists, or the task has ended.' },
  storage_full: { status: 507, message: 'The disk of the server is full: try again later.' },
  unavailable: { status: 503, message: 'The server cannot answer now: try again in a few seconds.' },
  internal: { status: 500, message: 'The server had a fault of its own.' },
} as const satisfies Record<string, { status: number; message: string }>;

export type ErrorCode = keyof typeof ERRORS;

type AppErrorOptions = { readonly cause?: unknown; readonly fields?: readonly FieldError[]; readonly retryAfterSeconds?: number };

/** An error that a user may see. `message` is a sentence for users: what was wrong, the limit, what to do. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly status: number;
  /** FastAPI's shape of the wrong fields, for `invalid_request`. */
  readonly fields: readonly FieldError[];
  /** When it is worth trying again; null where the code says all. */
  readonly retryAfterSeconds: number | null;

  constructor(code: ErrorCode, message?: string, options: AppErrorOptions = {}) {
    super(message ?? ERRORS[code].message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.status = ERRORS[code].status;
    this.fields = options.fields ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }
}

/** One wrong or missing field, as FastAPI words it. */
export type FieldError = {
  readonly loc: readonly [where: 'query' | 'body' | 'header' | 'path', name: string];
  readonly msg: string;
  readonly type: string;
};
