import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Connection } from '@inference/database';
import { testDatabase, testFolder, testRabbitMq } from '@inference/testing';
import { type ServiceName, type ServiceProcess, serviceProcess } from './service-process.ts';

export const MODELS = join(import.meta.dirname, '..', '..', 'examples', 'models');

type Settings = Record<string, string>;

/** What the services of one installation have in common: a database, files, a work folder, and secrets. */
export type Platform = {
  readonly db: Awaited<ReturnType<typeof testDatabase>>['db'];
  readonly folder: string;
  readonly adminKey: string;
  /** The settings with which a service joins this installation. */
  settings(name: ServiceName, privateApiUrl?: string): Settings;
  start(name: ServiceName, privateApiUrl?: string, more?: Settings): ServiceProcess;
};

/** An installation of its own for the running test. No service runs yet; RabbitMQ is away unless `rabbitUrl` says where it is. */
export async function platform(rabbitUrl = 'amqp://nobody:nothing@127.0.0.1:1'): Promise<Platform> {
  const { db, connection } = await testDatabase();
  const folder = await testFolder();
  const [adminKey, consumerKey, relayToken] = [newSecret(), newSecret(), newSecret()];
  const settings = (name: ServiceName, privateApiUrl = 'http://127.0.0.1:1'): Settings => {
    if (name === 'public-api') return { PRIVATE_API_URL: privateApiUrl, RELAY_TOKEN: relayToken };
    const shared = { CONSUMER_KEY: consumerKey, RABBITMQ_URL: rabbitUrl };
    if (name === 'consumer') {
      const runtime = { DOCKER_SLOTS: '0', GPUS: 'none', PROCESS_SLOTS: '1', MODELS_DIR: MODELS };
      return { ...shared, ...runtime, PRIVATE_API_URL: privateApiUrl, WORK_DIR: join(folder, 'work') };
    }
    return {
      ...shared,
      DATABASE_URL: databaseUrl(connection),
      FILES_DIR: join(folder, 'files'),
      ADMIN_KEY: adminKey,
      RELAY_TOKEN: relayToken,
    };
  };
  const start: Platform['start'] = (name, privateApiUrl, more) => serviceProcess(name, { ...settings(name, privateApiUrl), ...more });
  return { db, folder, adminKey, settings, start };
}

/** An installation with a RabbitMQ. */
export async function platformWithRabbitMq(): Promise<Platform> {
  return platform((await testRabbitMq()).url);
}

export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** The address of a test's database, over a unix socket. */
export function databaseUrl({ host, port, user, database }: Connection): string {
  return `postgres://${user}@/${database}?host=${encodeURIComponent(String(host))}&port=${port}`;
}
