/** What a key may do at most; null: no limit of its own. */
export type KeyLimits = {
  readonly requestsPerMinuteMax: number | null;
  /** Bytes of one upload. */
  readonly uploadBytesMax: number | null;
  /** Tasks of the key's owner that wait at the same time. */
  readonly queuedTasksMax: number | null;
  /** Of these so many run. */
  readonly runningTasksMax: number | null;
};

export const NO_KEY_LIMITS: KeyLimits = { requestsPerMinuteMax: null, uploadBytesMax: null, queuedTasksMax: null, runningTasksMax: null };
