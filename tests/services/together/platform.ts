import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Connection, Database } from '@inference/database';
import { MODEL_LIMITS, newId } from '@inference/domain';
import { freePorts, testDatabase, testFolder, until } from '@inference/testing';
import { expect, onTestFinished } from 'vitest';
import { type ServiceName, ServiceProcess, type Settings } from './service-process.ts';

const MODELS = join(import.meta.dirname, 'models');
/** So many services fit into one platform. */
const PORTS = 16;
/** A service that does not end by itself after so long, in milliseconds, is killed at the end of a test. */
const STOP_LIMIT_MS = 20_000;
/** The model of these tests: see `models/`. */
export const MODEL = 'wait-and-copy';

export type PlatformOptions = {
  /** Where RabbitMQ is; left out: nowhere. */
  readonly rabbitUrl?: string;
  /** Another database than one of the test run's own. */
  readonly database?: { readonly db: Database; readonly connection: Connection };
};

/** What the services of one installation have in common, and the services themselves, as they are started. */
export class Platform {
  readonly db: Database;
  readonly folder: string;
  readonly adminKey = newSecret();
  /** Whatever no log may contain. */
  readonly secrets: string[] = [];
  readonly services: ServiceProcess[] = [];
  readonly #settings: Readonly<Record<ServiceName, Settings>>;
  readonly #ports: number[];

  /** Use `platform`. */
  constructor(made: { db: Database; connection: Connection; folder: string; rabbitUrl: string; ports: number[] }) {
    const { db, connection, folder, rabbitUrl, ports } = made;
    this.db = db;
    this.folder = folder;
    this.#ports = ports;
    const [consumerKey, relayToken, password] = [newSecret(), newSecret(), newSecret()];
    this.secrets.push(this.adminKey, consumerKey, relayToken, password, new URL(rabbitUrl).password);
    const work = { CONSUMER_KEY: consumerKey, RABBITMQ_URL: rabbitUrl };
    this.#settings = {
      'private-api': {
        ...work,
        DATABASE_URL: databaseUrl(connection, password),
        FILES_DIR: this.filesFolder,
        ADMIN_KEY: this.adminKey,
        RELAY_TOKEN: relayToken,
        LEGACY_ANONYMOUS: '1',
      },
      'public-api': { RELAY_TOKEN: relayToken },
      consumer: {
        ...work,
        ...{ DOCKER_SLOTS: '0', GPUS: 'none', PROCESS_SLOTS: '1', MODELS_DIR: MODELS },
        ...{ WORK_DIR: join(folder, 'work'), DRAIN_SECONDS: '5' },
      },
    };
  }

  get filesFolder(): string {
    return join(this.folder, 'files');
  }

  /** What all services of a kind are set to, apart from the private API that they use. */
  settings(name: ServiceName): Settings {
    return this.#settings[name];
  }

  privateApi(more?: Settings): ServiceProcess {
    return this.#start('private-api', more);
  }

  publicApi(privateApi: ServiceProcess, more?: Settings): ServiceProcess {
    return this.#start('public-api', { PRIVATE_API_URL: privateApi.url, ...more });
  }

  consumer(privateApi: ServiceProcess, more?: Settings): ServiceProcess {
    return this.#start('consumer', { PRIVATE_API_URL: privateApi.url, ...more });
  }

  /** Makes the model known: it lies in a folder of the consumers, and no request over HTTP could register it. */
  async addModel(): Promise<void> {
    const model = { uid: newId(), humanReadableId: MODEL, description: '', image: MODEL, folder: MODEL, useGpu: false };
    await this.db.model.create({ data: { ...model, ...MODEL_LIMITS } });
  }

  /** Ends every service that still runs; answers their exit codes. Consumers go first: they have something to report. */
  async stop(): Promise<(number | null)[]> {
    const codes: (number | null)[] = [];
    for (const names of [['consumer'], ['public-api'], ['private-api']]) {
      const left = this.services.filter(({ name, runs }) => names.includes(name) && runs);
      for (const service of left) service.signal('SIGTERM');
      codes.push(...(await Promise.all(left.map((service) => endOf(service)))));
    }
    return codes;
  }

  /** Fails when something that must stay secret is in a log: a key, a password, or the token of an attempt. */
  expectNoSecretInLogs(tokens: readonly string[]): void {
    for (const { name, output } of this.services) {
      for (const secret of [...this.secrets, ...tokens]) {
        const at = output.indexOf(secret);
        expect(at === -1, `the log of ${name} has a secret in it: ${output.slice(Math.max(0, at - 200), at)}`).toBe(true);
      }
    }
  }

  #start(name: ServiceName, more: Settings = {}): ServiceProcess {
    const port = this.#ports.pop();
    if (port === undefined) throw new Error(`a platform has at most ${PORTS} services`);
    const service = new ServiceProcess(name, port, { ...this.#settings[name], ...more });
    this.services.push(service);
    return service;
  }
}

/** An installation of its own for the running test, in which no service runs yet. At the test's end all end, and their logs are searched for secrets. */
export async function platform({
  rabbitUrl = 'amqp://nobody:nothing-at-all@127.0.0.1:1',
  database,
}: PlatformOptions = {}): Promise<Platform> {
  const { db, connection } = database ?? (await testDatabase());
  const made = new Platform({ db, connection, rabbitUrl, folder: await testFolder(), ports: await freePorts(PORTS) });
  onTestFinished(async () => {
    await made.stop();
    const attempts = await db.attempt.findMany({ select: { token: true } });
    made.expectNoSecretInLogs(attempts.map(({ token }) => token));
  });
  return made;
}

/** The services of one installation, which use each other as round as the numbers allow: relay 2 the private API 2, and so on. */
export type Counts = {
  readonly privateApis: number;
  readonly publicApis: number;
  readonly consumers: number;
  /** Slots of each consumer. */
  readonly slots?: number;
};

/** Starts the services of an installation, and resolves when all are ready and the model is known. */
export async function startAll(
  site: Platform,
  counts: Counts,
): Promise<{ privateApis: ServiceProcess[]; publicApis: ServiceProcess[]; consumers: ServiceProcess[] }> {
  const times = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index));
  const privateApis = times(counts.privateApis, () => site.privateApi());
  const of = (index: number) => privateApis[index % privateApis.length] as ServiceProcess;
  const publicApis = times(counts.publicApis, (index) => site.publicApi(of(index)));
  const consumers = times(counts.consumers, (index) => site.consumer(of(index), { PROCESS_SLOTS: String(counts.slots ?? 1) }));
  await Promise.all([...privateApis, ...publicApis, ...consumers].map((service) => service.ready()));
  await Promise.all([...privateApis, ...consumers].map((service) => ringing(service)));
  await site.addModel();
  return { privateApis, publicApis, consumers };
}

/** Resolves once a service is connected to RabbitMQ. */
export async function ringing(service: ServiceProcess): Promise<void> {
  await until(`${service.name} to have RabbitMQ`, async () => (await service.component('queue'))?.state === 'ok', STOP_LIMIT_MS);
}

export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

async function endOf(service: ServiceProcess): Promise<number | null> {
  return await service.exited(STOP_LIMIT_MS).catch(async () => {
    await service.kill();
    return null;
  });
}

/** The address of a test's database, over a unix socket, with a password that it does not ask for. */
function databaseUrl({ host, port, user, database }: Connection, password: string): string {
  return `postgres://${user}:${password}@/${database}?host=${encodeURIComponent(String(host))}&port=${port}`;
}
