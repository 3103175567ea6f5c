/**
 * Why an attempt or a task did not succeed: a closed list. `sentence` is what a user reads when nothing more exact is known;
 * `retryable` classes are tried again (budget and back-off: retry-policy.ts), the others end the task at once.
 */
export const FAILURE_CLASSES = {
  model_error: { retryable: false, sentence: 'The model ended with an error.' },
  out_of_memory: { retryable: false, sentence: 'The model used more memory than it may.' },
  timeout: { retryable: false, sentence: 'The model ran longer than its time limit.' },
  bad_input: { retryable: false, sentence: 'The model refused the input.' },
  bad_output: { retryable: false, sentence: 'The output of the model could not be accepted.' },
  image_unavailable: { retryable: false, sentence: 'The image of the model could not be had.' },
  invalid_model: { retryable: false, sentence: 'The model cannot be started as it is registered.' },
  impossible: { retryable: false, sentence: 'No consumer has what this model asks for.' },
  infrastructure: { retryable: true, sentence: 'The machine that ran the task had a fault.' },
  expired: { retryable: false, sentence: 'The task was not started before its deadline.' },
  cancelled: { retryable: false, sentence: 'The task was cancelled.' },
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
