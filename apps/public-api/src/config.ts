import { ZIP_LIMITS } from '@inference/domain';
import {
  type ConfigRead,
  commonSettings,
  type Environment,
  httpUrl,
  readSettings,
  type Settings,
  secret,
  wholeNumber,
} from '@inference/service';
import { NO_PROXIES, type TrustedProxies, trustedProxies } from './trusted-proxies.ts';

const GIB = 1024 ** 3;

/** How the relay is set up. */
export type Config = {
  readonly host: string;
  readonly port: number;
  readonly privateApiUrl: URL;
  readonly relayToken: string;
  readonly trusted: TrustedProxies;
  readonly zipBytesMax: number;
  readonly drainMs: number;
  readonly logLevel: string;
};

/** Every setting of the relay. docs/configuration.md is printed from it. */
export const SETTINGS = {
  PRIVATE_API_URL: { text: 'Where the private API is: http://HOST:PORT.', schema: httpUrl },
  RELAY_TOKEN: {
    text: 'Proves to the private API that a request came through the relay; the same as in the private API.',
    schema: secret,
    secret: true,
  },
  TRUSTED_PROXIES: {
    text: 'Addresses and networks of the proxies in front, with commas between them. Forwarding headers of all others are dropped.',
    schema: trustedProxies,
    default: NO_PROXIES,
    defaultShown: 'none',
  },
  ZIP_ARCHIVE_BYTES_MAX: {
    text: 'The largest zip that is passed on; the private API has a limit of its own.',
    schema: wholeNumber(1024, 1024 * GIB),
    default: ZIP_LIMITS.archiveBytesMax,
    unit: 'bytes',
  },
  ...commonSettings({ port: 7420, drainSeconds: 30 }),
} as const satisfies Settings;

/** Reads the configuration of the relay. */
export function readConfig(environment: Environment = process.env): ConfigRead<Config> {
  const read = readSettings(SETTINGS, environment);
  if (!read.ok) return read;
  const { config: values, warnings } = read;
  return {
    ok: true,
    warnings,
    config: {
      host: values.HOST,
      port: values.PORT,
      privateApiUrl: values.PRIVATE_API_URL,
      relayToken: values.RELAY_TOKEN,
      trusted: values.TRUSTED_PROXIES,
      zipBytesMax: values.ZIP_ARCHIVE_BYTES_MAX,
      drainMs: values.DRAIN_SECONDS * 1000,
      logLevel: values.LOG_LEVEL,
    },
  };
}
