import type { Problem, Task } from '@inference/contracts';

/** The server refused a request, and said why. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  /** Stable, for programs: docs/errors.md lists them. */
  readonly code: string;
  readonly status: number;
  readonly requestId: string;
  /** The wrong fields of the request. */
  readonly fields: Problem['errors'];
  /** When the server thinks that it is worth trying again, in milliseconds; null where it does not say. */
  readonly retryAfterMs: number | null;

  constructor(problem: Pick<Problem, 'code' | 'status' | 'detail' | 'request_id' | 'errors'>, retryAfterMs: number | null) {
    super(problem.detail);
    this.code = problem.code;
    this.status = problem.status;
    this.requestId = problem.request_id;
    this.fields = problem.errors;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The server could not be reached, or the connection broke, after all the tries that are worth it. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  /** The system's code, such as ECONNREFUSED; empty where there is none. */
  readonly code: string;

  constructor(message: string, options: { readonly code?: string; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = options.code ?? '';
  }
}

/** The task was accepted and ended, but did not succeed. */
export class TaskError extends Error {
  override readonly name = 'TaskError';
  readonly task: Task;

  constructor(task: Task) {
    super(task.reason);
    this.task = task;
  }
}

/** A task has not ended in the time that the caller gave it. It goes on. */
export class WaitTimeout extends Error {
  override readonly name = 'WaitTimeout';
  readonly taskId: string;

  constructor(taskId: string) {
    super('The task has not ended in time; it goes on.');
    this.taskId = taskId;
  }
}
