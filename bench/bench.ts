/** What every measurement is given. */
export type Bench = {
  /** A folder on a real disk; the measurements make their own folders in it. */
  readonly folder: string;
  /** Aborted by Ctrl-C and by the time limit of the whole bench: every wait observes it. */
  readonly signal: AbortSignal;
  /** Tells whoever waits what goes on. */
  readonly tell: (text: string) => void;
};
