import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Connection, Database } from '@inference/database';
import { freePorts, until } from '@inference/testing';
import { expect, onTestFinished } from 'vitest';
import { type Installation, installation } from '../installation.ts';
import type { ServiceName } from '../service-process.ts';
import { Service, type Settings } from './service.ts';

const MODELS = join(import.meta.dirname, 'models');
/** So many services fit into one installation. */
const PORTS = 16;
/** How long the connection to RabbitMQ may take to come about, in milliseconds. */
const RINGING_MS = 20_000;
/** The model of these tests: see `models/`. */
export const MODEL = 'wait-and-copy';

/** The services of one installation, as they are started. */
export class Services {
  readonly db: Database;
  readonly folder: string;
  readonly adminKey: string;
  /** Whatever no log may contain. */
  readonly secrets: string[];
  readonly #own: Installation;
  readonly #ports: number[];
  readonly #all: Service[] = [];

  /** Use `services`. */
  constructor(own: Installation, ports: number[]) {
    this.db = own.db;
    this.folder = own.folder;
    this.adminKey = own.adminKey;
    this.secrets = secretsOf(own.settings('private-api'));
    this.#own = own;
    this.#ports = ports;
  }

  get filesFolder(): string {
    return join(this.folder, 'files');
  }

  privateApi(settings: Settings = {}): Service {
    return this.#start('private-api', { settings: { LEGACY_ANONYMOUS: '1', ...settings } });
  }

  publicApi({ url }: Service, settings: Settings = {}): Service {
    return this.#start('public-api', { privateApiUrl: url, settings });
  }

  consumer({ url }: Service, settings: Settings = {}): Service {
    return this.#start('consumer', { privateApiUrl: url, settings: { MODELS_DIR: MODELS, DRAIN_SECONDS: '5', ...settings } });
  }

  /** A launcher, and the settings of consumers that it runs containers for. */
  async launcher(settings: Settings = {}): Promise<{ launcher: Service; forConsumers: Settings }> {
    const { WORK_DIR: work = '', LAUNCHER_SOCKET: socket = '' } = this.#own.settings('launcher');
    await mkdir(work, { recursive: true });
    await mkdir(dirname(socket), { recursive: true, mode: 0o700 });
    // Whatever they ask the engine themselves, nobody is there.
    const forConsumers = { DOCKER_SLOTS: '1', PROCESS_SLOTS: '0', LAUNCHER_SOCKET: socket, DOCKER_SOCKET: '/nowhere/docker.sock' };
    return { launcher: this.#start('launcher', { settings }), forConsumers };
  }

  /** Ends every service that still runs; answers their exit codes. Consumers go first: they have something to report. */
  async stop(): Promise<(number | null)[]> {
    const codes: (number | null)[] = [];
    for (const name of ['consumer', 'launcher', 'public-api', 'private-api']) {
      const left = this.#all.filter((service) => service.name === name && service.runs);
      for (const service of left) service.signal('SIGTERM');
      codes.push(...(await Promise.all(left.map((service) => service.exited()))));
    }
    return codes;
  }

  /** Fails when something that must stay secret is in a log: a key, a password, or the token of an attempt. */
  async expectNoSecretInLogs(): Promise<void> {
    const attempts = await this.db.attempt.findMany({ select: { token: true } });
    for (const { name, output } of this.#all) {
      for (const secret of [...this.secrets, ...attempts.map(({ token }) => token)]) {
        const at = output.indexOf(secret);
        expect(at === -1, `the log of ${name} has a secret in it: ${output.slice(Math.max(0, at - 200), at)}`).toBe(true);
      }
    }
  }

  #start(name: ServiceName, at: { privateApiUrl?: string; settings: Settings }): Service {
    const port = this.#ports.pop();
    if (port === undefined) throw new Error(`there is room for ${PORTS} services`);
    const service = new Service(this.#own, name, { ...at, port });
    this.#all.push(service);
    return service;
  }
}

/** An installation of its own for the running test, in which no service runs yet. At its end all logs are searched for secrets. */
export async function services(options: { readonly rabbitUrl?: string; readonly connection?: Connection } = {}): Promise<Services> {
  const made = new Services(await installation(options), await freePorts(PORTS));
  // Runs after the services have ended, which are started later.
  onTestFinished(() => made.expectNoSecretInLogs());
  return made;
}

/** How many of each service; they use each other as round as the numbers allow: relay 2 the private API 2, and so on. */
export type Counts = {
  readonly privateApis: number;
  readonly publicApis: number;
  readonly consumers: number;
  /** Slots of each consumer. */
  readonly slots?: number;
};

export type Started = { readonly privateApis: Service[]; readonly publicApis: Service[]; readonly consumers: Service[] };

/** Starts services, and resolves when all are ready and take rings. */
export async function startAll(own: Services, { slots = 1, ...counts }: Counts): Promise<Started> {
  const times = (count: number, make: (index: number) => Service) => Array.from({ length: count }, (_, index) => make(index));
  const privateApis = times(counts.privateApis, () => own.privateApi());
  const of = (index: number) => privateApis[index % privateApis.length] as Service;
  const publicApis = times(counts.publicApis, (index) => own.publicApi(of(index)));
  const consumers = times(counts.consumers, (index) => own.consumer(of(index), { PROCESS_SLOTS: String(slots) }));
  await Promise.all([...privateApis, ...publicApis, ...consumers].map((service) => service.ready()));
  await Promise.all([...privateApis, ...consumers].map(ringing));
  return { privateApis, publicApis, consumers };
}

/** Resolves once a service is connected to RabbitMQ. */
export async function ringing(service: Service): Promise<void> {
  await until(`${service.name} to have RabbitMQ`, async () => (await service.component('queue'))?.state === 'ok', RINGING_MS);
}

function secretsOf(settings: Settings): string[] {
  const passwords = ['DATABASE_URL', 'RABBITMQ_URL'].map((name) => /^\w+:\/\/\w+:([^@]+)@/.exec(settings[name] ?? '')?.[1]);
  const secrets = [...passwords, ...['ADMIN_KEY', 'CONSUMER_KEY', 'RELAY_TOKEN'].map((name) => settings[name])];
  return secrets.map((secret) => {
    if (secret === undefined) throw new Error('an installation has five secrets');
    return secret;
  });
}
