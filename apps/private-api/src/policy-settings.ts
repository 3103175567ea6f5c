import { type Settings as Declared, flag, names, type SettingValues, wholeNumber } from '@inference/service';
import { DEFAULT_SETTINGS, type Settings } from './settings.ts';

const GIB = 1024 ** 3;
const DAY_SECONDS = 86_400;

/** What an admin decides about tasks and models, however the private API is run. */
export const POLICY_SETTINGS = {
  LEGACY_ANONYMOUS: { text: 'Clients without a key may post tasks.', schema: flag, default: false },
  ANONYMOUS_QUEUED_TASKS_MAX: {
    text: 'Tasks of clients without a key that may wait, of all of them together; one more is answered with 429.',
    schema: wholeNumber(1, 1_000_000),
    default: DEFAULT_SETTINGS.anonymousQueuedTasksMax,
  },
  ANONYMOUS_REQUESTS_PER_MINUTE_MAX: {
    text: 'Requests a minute from one address without a key; more are answered with 429. Each private API counts for itself.',
    schema: wholeNumber(1, 1_000_000),
    default: DEFAULT_SETTINGS.anonymousRequestsPerMinuteMax,
  },
  ALLOW_PUBLIC_POST_MODEL: { text: 'Clients without a key may register models, too.', schema: flag, default: false },
  IMAGES_ALLOWED: {
    text: 'The images that models may be registered with: beginnings of their names, registry first, with commas between them: `registry.example/group/`, `docker.io/group/` for Docker Hub. Consumers have the same setting for what they run.',
    schema: names,
    default: null,
    defaultShown: 'any',
  },
  ALLOW_CPU_FALLBACK: { text: 'Models that ask for a GPU run without one where there is none.', schema: flag, default: false },
  KEEP_FILES_DAYS: {
    text: 'Inputs, outputs and logs of ended tasks are kept for so long.',
    schema: wholeNumber(1, 36_500),
    default: DEFAULT_SETTINGS.keepFilesSeconds / DAY_SECONDS,
    unit: 'days',
  },
  KEEP_EVENTS_DAYS: {
    text: 'The history of ended tasks is kept for so long; the tasks themselves, and how they ended, stay.',
    schema: wholeNumber(1, 36_500),
    default: DEFAULT_SETTINGS.keepEventsSeconds / DAY_SECONDS,
    unit: 'days',
  },
  FREE_DISK_BYTES_MIN: {
    text: 'Uploads that would leave less of the disk free are refused with 507: the rest is for outputs of accepted tasks, and the database.',
    schema: wholeNumber(0, 1024 * GIB),
    default: null,
    defaultShown: '2 GiB, or 1 % of the disk where that is less',
    unit: 'bytes',
  },
  ZIP_ARCHIVE_BYTES_MAX: {
    text: 'The largest zip that is accepted.',
    schema: wholeNumber(1024, 1024 * GIB),
    default: DEFAULT_SETTINGS.zipLimits.archiveBytesMax,
    unit: 'bytes',
  },
  ZIP_CONTENT_BYTES_MAX: {
    text: 'What a zip may hold, unpacked.',
    schema: wholeNumber(1024, 1024 * GIB),
    default: DEFAULT_SETTINGS.zipLimits.contentBytesMax,
    unit: 'bytes',
  },
  ZIP_ENTRIES_MAX: {
    text: 'How many files and folders a zip may hold.',
    schema: wholeNumber(1, 10_000_000),
    default: DEFAULT_SETTINGS.zipLimits.entriesMax,
  },
  ZIP_CHECKERS: { text: 'Uploads that are checked at the same time.', schema: wholeNumber(1, 64), default: 2 },
} as const satisfies Declared;

/** What of `Settings` these decide. */
export type Policy = Pick<
  Settings,
  | 'legacyAnonymous'
  | 'anonymousQueuedTasksMax'
  | 'anonymousRequestsPerMinuteMax'
  | 'freeDiskBytesMin'
  | 'allowPublicPostModel'
  | 'imagesAllowed'
  | 'allowCpuFallback'
  | 'keepFilesSeconds'
  | 'keepEventsSeconds'
  | 'zipLimits'
  | 'outputBytesMax'
>;

export function policyOf(read: SettingValues<typeof POLICY_SETTINGS>): Policy {
  return {
    legacyAnonymous: read.LEGACY_ANONYMOUS,
    anonymousQueuedTasksMax: read.ANONYMOUS_QUEUED_TASKS_MAX,
    anonymousRequestsPerMinuteMax: read.ANONYMOUS_REQUESTS_PER_MINUTE_MAX,
    freeDiskBytesMin: read.FREE_DISK_BYTES_MIN,
    allowPublicPostModel: read.ALLOW_PUBLIC_POST_MODEL,
    imagesAllowed: read.IMAGES_ALLOWED,
    allowCpuFallback: read.ALLOW_CPU_FALLBACK,
    keepFilesSeconds: read.KEEP_FILES_DAYS * DAY_SECONDS,
    keepEventsSeconds: read.KEEP_EVENTS_DAYS * DAY_SECONDS,
    zipLimits: {
      ...DEFAULT_SETTINGS.zipLimits,
      archiveBytesMax: read.ZIP_ARCHIVE_BYTES_MAX,
      contentBytesMax: read.ZIP_CONTENT_BYTES_MAX,
      entriesMax: read.ZIP_ENTRIES_MAX,
    },
    outputBytesMax: DEFAULT_SETTINGS.outputBytesMax,
  };
}
