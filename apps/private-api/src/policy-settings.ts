import { type Settings as Declared, flag, type SettingValues, wholeNumber } from '@inference/service';
import { DEFAULT_SETTINGS, type Settings } from './settings.ts';

const GIB = 1024 ** 3;
const DAY_SECONDS = 86_400;

/** What an admin decides about tasks and models, however the private API is run. */
export const POLICY_SETTINGS = {
  LEGACY_ANONYMOUS: { text: 'Clients without a key may post tasks.', schema: flag, default: false },
  ALLOW_PUBLIC_POST_MODEL: { text: 'Clients without a key may register models, too.', schema: flag, default: false },
  ALLOW_CPU_FALLBACK: { text: 'Models that ask for a GPU run without one where there is none.', schema: flag, default: false },
  KEEP_FILES_DAYS: {
    text: 'Inputs, outputs and logs of ended tasks are kept for so long.',
    schema: wholeNumber(1, 36_500),
    default: DEFAULT_SETTINGS.keepFilesSeconds / DAY_SECONDS,
    unit: 'days',
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
  'legacyAnonymous' | 'allowPublicPostModel' | 'allowCpuFallback' | 'keepFilesSeconds' | 'zipLimits' | 'outputBytesMax'
>;

export function policyOf(read: SettingValues<typeof POLICY_SETTINGS>): Policy {
  return {
    legacyAnonymous: read.LEGACY_ANONYMOUS,
    allowPublicPostModel: read.ALLOW_PUBLIC_POST_MODEL,
    allowCpuFallback: read.ALLOW_CPU_FALLBACK,
    keepFilesSeconds: read.KEEP_FILES_DAYS * DAY_SECONDS,
    zipLimits: {
      ...DEFAULT_SETTINGS.zipLimits,
      archiveBytesMax: read.ZIP_ARCHIVE_BYTES_MAX,
      contentBytesMax: read.ZIP_CONTENT_BYTES_MAX,
      entriesMax: read.ZIP_ENTRIES_MAX,
    },
    outputBytesMax: DEFAULT_SETTINGS.outputBytesMax,
  };
}
