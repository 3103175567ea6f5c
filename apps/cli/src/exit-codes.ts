/** What the process ends with, for scripts. */
export const EXIT = {
  ok: 0,
  error: 1,
  usage: 2,
  taskFailed: 3,
  keyNeeded: 4,
  notFound: 5,
  timedOut: 6,
  taskCancelled: 7,
  interrupted: 130,
} as const;
export type Exit = keyof typeof EXIT;

/** What each means, for help pages and documents. */
export const EXIT_SENTENCES: Readonly<Record<Exit, string>> = {
  ok: 'it worked',
  error: 'something went wrong: the server cannot be reached, or refused',
  usage: 'the command was not understood',
  taskFailed: 'the task failed',
  keyNeeded: 'a key is needed, or the key may not do this',
  notFound: 'there is no such task, model or key',
  timedOut: 'the time to wait is over; the task goes on',
  taskCancelled: 'the task was cancelled',
  interrupted: 'stopped with Ctrl-C',
};
