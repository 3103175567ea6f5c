/** Limits of /api/v1; the unit is the end of the name. */
export const V1_LIMITS = {
  /** How long `?wait=` and `Prefer: wait=` may keep a request open. */
  waitSecondsMax: 60,
  labelsMax: 16,
  labelKeyCharsMax: 64,
  labelValueCharsMax: 256,
  /** Characters of an `Idempotency-Key`, and of a client's own id in the address. */
  clientKeyCharsMax: 128,
  /** Items of one page of a list. */
  pageMax: 200,
  pageDefault: 50,
  /** A task's time limit, in seconds, as models have it. */
  timeLimitSecondsMax: 31_536_000,
  /** How long a task may take in all, in seconds. */
  deadlineSecondsMax: 31_536_000,
  /** What a model may be given at least to do nothing, in seconds: less is no sign that it hangs. */
  hangSecondsMin: 10,
  /** Labels that one listing filters by. */
  labelFiltersMax: 4,
  descriptionCharsMax: 4_096,
  /** JSON that describes a model or a change, and the JSON part `options` of a task. */
  jsonBytesMax: 64 * 1024,
  /** Plain files that one request may bring; more come as a zip. */
  plainFilesMax: 1_000,
  /** Entries that a listing of an output's files shows. */
  filesListedMax: 10_000,
  /** Tasks of a queue that are counted to tell a position. */
  positionMax: 1_000,
  /** Things that happened to a task that it shows, the newest. */
  historyMax: 100,
  /** Lines of the log that a failure shows. */
  lastLinesMax: 20,
  /** Characters of an owner's and of a key's name. */
  ownerCharsMax: 64,
  keyNameCharsMax: 100,
  /** Limits that a key may have at most; none is none. */
  keyRequestsPerMinuteMax: 1_000_000,
  keyUploadBytesMax: 1024 ** 4,
  keyQueuedTasksMax: 1_000_000,
  /** Tasks of a model, or of a key's owner, that a limit may let run or wait at most. */
  quotaTasksMax: 1_000_000,
  /** How long the secret before a rotation stays good. */
  graceSecondsDefault: 24 * 3600,
  graceSecondsMax: 30 * 24 * 3600,
} as const;
