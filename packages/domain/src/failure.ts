/**
 * Why an attempt or a task did not succeed: a closed list. `sentence` is what a user reads when nothing more exact is known;
 * `retried` says whether
 * the task is tried again (budgets and back-off: retry-policy.ts); the other classes would only come again with the same input.
 */
export const FAILURE_CLASSES = {
  model_error: { retried: 'if the model asks for it', sentence: 'The model ended with an error.' },
  out_of_memory: { retried: 'no', sentence: 'The model used more memory than it may.' },
  timeout: { retried: 'no', sentence: 'The model ran longer than its time limit.' },
  bad_input: { retried: 'no', sentence: 'The model refused the input.' },
  bad_output: { retried: 'if the model asks for it', sentence: 'The output of the model could not be accepted.' },
  image_unavailable: { retried: 'no', sentence: 'The image of the model could not be had.' },
  invalid_model: { retried: 'no', sentence: 'The model cannot be started as it is registered.' },
  impossible: { retried: 'no', sentence: 'No consumer has what this model asks for.' },
  infrastructure: { retried: 'yes', sentence: 'The machine that ran the task had a fault.' },
  expired: { retried: 'no', sentence: 'The task did not end before its deadline.' },
  cancelled: { retried: 'no', sentence: 'The task was cancelled.' },
} as const;

export type FailureClass = keyof typeof FAILURE_CLASSES;

/** Why something failed. `reason` is one or two sentences for users: what was wrong, the limit, what to do. */
export type Failure = {
  readonly class: FailureClass;
  readonly reason: string;
  /** The exit code of the model's main process, where it had one. */
  readonly exitCode?: number;
};

export function isFailureClass(value: string): value is FailureClass {
  return Object.hasOwn(FAILURE_CLASSES, value);
}
