import { type Connection, parseDatabaseUrl } from '@inference/database';
import {
  type ConfigRead,
  commonSettings,
  type Settings as Declared,
  type Environment,
  rabbitUrl,
  readSettings,
  secret,
  text,
} from '@inference/service';
import { z } from 'zod';
import { POLICY_SETTINGS, policyOf } from './policy-settings.ts';
import type { Settings } from './settings.ts';

/** How a private API that is a process of its own is set up. */
export type Config = {
  readonly host: string;
  readonly port: number;
  readonly database: Connection;
  readonly rabbitUrl: string;
  readonly filesFolder: string;
  readonly settings: Settings;
  readonly zipCheckers: number;
  readonly drainMs: number;
  readonly logLevel: string;
};

const databaseUrl = z.string().transform((value, context): Connection => {
  const read = parseDatabaseUrl(value);
  if (read.ok) return read.connection;
  context.addIssue({ code: 'custom', message: read.problem });
  return z.NEVER;
});

/** Every setting of the private API. docs/configuration.md is printed from it. */
export const SETTINGS = {
  DATABASE_URL: {
    text: 'The Postgres database: `postgres://USER:PASSWORD@HOST:5432/DATABASE`, with `?sslmode=verify-full` where it lies on another machine. A pooler in between must pool by session.',
    schema: databaseUrl,
    secret: true,
  },
  RABBITMQ_URL: { text: 'RabbitMQ: `amqp://USER:PASSWORD@HOST:5672`, or `amqps://`.', schema: rabbitUrl, secret: true },
  FILES_DIR: { text: 'The folder for inputs, outputs and model zips: one for all private APIs.', schema: text },
  ADMIN_KEY: { text: 'The key that may do everything: `Authorization: Bearer KEY`.', schema: secret, secret: true },
  CONSUMER_KEY: {
    text: 'The key of all consumers that have none of their own; the same as in the consumers.',
    schema: secret,
    secret: true,
  },
  RELAY_TOKEN: { text: 'Proves that a request came through the relay; the same as in the public API.', schema: secret, secret: true },
  ...POLICY_SETTINGS,
  ...commonSettings({ port: 7421, drainSeconds: 30 }),
} as const satisfies Declared;

/** Reads the configuration of the private API. */
export function readConfig(environment: Environment = process.env): ConfigRead<Config> {
  const read = readSettings(SETTINGS, environment);
  if (!read.ok) return read;
  const { config: values, warnings } = read;
  const keys = { adminKey: values.ADMIN_KEY, consumerKey: values.CONSUMER_KEY, relayToken: values.RELAY_TOKEN };
  return {
    ok: true,
    warnings,
    config: {
      host: values.HOST,
      port: values.PORT,
      database: values.DATABASE_URL,
      rabbitUrl: values.RABBITMQ_URL,
      filesFolder: values.FILES_DIR,
      settings: { ...policyOf(values), ...keys },
      zipCheckers: values.ZIP_CHECKERS,
      drainMs: values.DRAIN_SECONDS * 1000,
      logLevel: values.LOG_LEVEL,
    },
  };
}
