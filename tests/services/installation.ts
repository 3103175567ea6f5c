import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Connection, connect, type Database } from '@inference/database';
import { MODEL_LIMITS, newId } from '@inference/domain';
import { emptyDatabase, testDatabase, testFolder, zipOf } from '@inference/testing';
import { onTestFinished } from 'vitest';
import { type ServiceName, type ServiceProcess, serviceProcess } from './service-process.ts';

const MODELS = join(import.meta.dirname, '..', '..', 'examples', 'models');
/** Nobody listens there. */
const NOWHERE = '127.0.0.1:1';

type Settings = Record<string, string>;

/** What the services of one installation have in common: a database, files, a work folder, and secrets. */
export type Installation = {
  readonly db: Database;
  readonly folder: string;
  readonly adminKey: string;
  /** The settings with which a service joins this installation. */
  settings(name: ServiceName, privateApiUrl?: string): Settings;
  start(name: ServiceName, privateApiUrl?: string, more?: Settings): ServiceProcess;
  /** Makes a model of one of the example folders known, where no consumer that has it does. */
  serveModel(name: string): Promise<void>;
  /** Posts a task as an admin. */
  postTask(url: string, model: string, files: Readonly<Record<string, string>>): Promise<string>;
};

type Options = { readonly rabbitUrl?: string; readonly connection?: Connection };

/** An installation of its own for the running test, in which no service runs yet. RabbitMQ is away unless it is named. */
export async function installation(options: Options = {}): Promise<Installation> {
  const { rabbitUrl = `amqp://nobody:${newSecret()}@${NOWHERE}` } = options;
  const { db, connection } = options.connection === undefined ? await testDatabase() : opened(options.connection);
  const folder = await testFolder();
  const database = databaseUrl(connection);
  const [adminKey, consumerKey, relayToken] = [newSecret(), newSecret(), newSecret()];
  const settings = (name: ServiceName, privateApiUrl = `http://${NOWHERE}`): Settings => {
    if (name === 'launcher')
      return { WORK_DIR: join(folder, 'work'), LAUNCHER_SOCKET: join(folder, 'launcher', 'launcher.sock'), GPUS: 'none' };
    if (name === 'public-api') return { PRIVATE_API_URL: privateApiUrl, RELAY_TOKEN: relayToken };
    const shared = { CONSUMER_KEY: consumerKey, RABBITMQ_URL: rabbitUrl };
    if (name === 'consumer') {
      const runtime = { DOCKER_SLOTS: '0', GPUS: 'none', PROCESS_SLOTS: '1', MODELS_DIR: MODELS };
      return { ...shared, ...runtime, PRIVATE_API_URL: privateApiUrl, WORK_DIR: join(folder, 'work') };
    }
    const own = { DATABASE_URL: database, FILES_DIR: join(folder, 'files'), ADMIN_KEY: adminKey, RELAY_TOKEN: relayToken };
    return { ...shared, ...own };
  };
  return {
    db,
    folder,
    adminKey,
    settings,
    start: (name, privateApiUrl, more) => serviceProcess(name, { ...settings(name, privateApiUrl), ...more }),
    serveModel: async (name) => {
      await db.model.create({ data: { uid: newId(), humanReadableId: name, image: name, folder: name, useGpu: false, ...MODEL_LIMITS } });
    },
    postTask: async (url, model, files) => {
      const body = new FormData();
      body.set('zip_file', new Blob([new Uint8Array(await zipOf(files))]), 'input.zip');
      const headers = { authorization: `Bearer ${adminKey}` };
      const answer = await fetch(`${url}/api/tasks/?model_human_readable_id=${model}`, { method: 'POST', body, headers });
      if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
      return (await answer.json()) as string;
    },
  };
}

/** The same on a database without tables. */
export async function installationWithoutTables(): Promise<Installation> {
  return installation({ connection: await emptyDatabase() });
}

export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** The address of a test's database, over a unix socket, with a password that nobody asks for. */
function databaseUrl({ host, port, user, database }: Connection): string {
  return `postgres://${user}:${newSecret()}@/${database}?host=${encodeURIComponent(String(host))}&port=${port}`;
}

function opened(connection: Connection) {
  const db = connect(connection);
  onTestFinished(() => db.$disconnect());
  return { db, connection };
}
