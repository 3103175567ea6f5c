import { ZIP_LIMITS, type ZipLimits } from '@inference/domain';

/** What an admin decides about the private API. */
export type Settings = {
  /** Callers without a key may post tasks, and read and delete those of such callers whose uid they know. */
  readonly legacyAnonymous: boolean;
  /** So many of their tasks may wait, all of them together, ... */
  readonly anonymousQueuedTasksMax: number;
  /** ... and so many requests a minute may come from one address. */
  readonly anonymousRequestsPerMinuteMax: number;
  /** Such callers may register models, too. */
  readonly allowPublicPostModel: boolean;
  /** Beginnings of the names of images that models may be registered with; null: any. */
  readonly imagesAllowed: readonly string[] | null;
  /** GPU models run without one where no consumer has any. */
  readonly allowCpuFallback: boolean;
  /** The admin's key, or null when there is none. */
  readonly adminKey: string | null;
  /** The key of all consumers, or null when there is none. */
  readonly consumerKey: string | null;
  /** Proves that a request came through the relay. */
  readonly relayToken: string;
  readonly zipLimits: ZipLimits;
  /** The largest output that a consumer may upload, in bytes. */
  readonly outputBytesMax: number;
  /** So much of the disk uploads leave free; null: 2 GiB, or 1 % of the disk where that is less. */
  readonly freeDiskBytesMin: number | null;
  /** Inputs and outputs of ended tasks are kept so long, in seconds. */
  readonly keepFilesSeconds: number;
  /** What happened to ended tasks is kept so long, in seconds. */
  readonly keepEventsSeconds: number;
};

const GIB = 1024 ** 3;
const DAY_SECONDS = 86_400;

export const DEFAULT_SETTINGS: Omit<Settings, 'relayToken'> = {
  legacyAnonymous: false,
  anonymousQueuedTasksMax: 10_000,
  anonymousRequestsPerMinuteMax: 6_000,
  allowPublicPostModel: false,
  imagesAllowed: null,
  allowCpuFallback: false,
  adminKey: null,
  consumerKey: null,
  zipLimits: ZIP_LIMITS,
  outputBytesMax: 41 * GIB,
  freeDiskBytesMin: null,
  keepFilesSeconds: 30 * DAY_SECONDS,
  keepEventsSeconds: 400 * DAY_SECONDS,
};
