import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type Database } from '@inference/database';
import { freePorts, type RabbitMq, until } from '@inference/testing';
import { PRODUCT } from '../places.ts';
import { Client } from './client.ts';
import { echoImage } from './echo-image.ts';
import { ECHO_CONTAINER, writeEchoModel } from './echo-model.ts';
import { Postgres } from './postgres.ts';
import { Service, type ServiceName, type Settings } from './service.ts';
import { SmallDisk } from './small-disk.ts';
import { takeAllSessions } from './take-all-sessions.ts';
import { Wire } from './wire.ts';

/** So many services fit onto one stage. */
const PORTS = 12;
/** How long the connection to RabbitMQ may take to come about, in milliseconds. */
const RINGING_MS = 30_000;

export type StageOptions = {
  readonly rabbit: RabbitMq;
  /** Absences are short: see `absenceMs`. */
  readonly isQuick: boolean;
  /** What lies on a small disk of its own. */
  readonly smallDisk?: SmallDiskPlan | undefined;
};

export type SmallDiskPlan = { readonly holds: 'postgres' | 'files' | 'work'; readonly mib: number };

export type Trio = { readonly api: Service; readonly relay: Service; readonly consumer: Service; readonly client: Client };

/** An installation that a row plays with: a Postgres of its own, files, work folders, secrets, and services as they are started. */
export class Stage implements AsyncDisposable {
  readonly folder: string;
  readonly rabbit: RabbitMq;
  readonly postgres: Postgres;
  readonly db: Database;
  readonly adminKey = secret();
  readonly clients: Client[] = [];
  /** The folder of the version that services are started from. */
  product = PRODUCT;
  readonly #isQuick: boolean;
  readonly #consumerKey = secret();
  readonly #relayToken = secret();
  readonly #ports: number[];
  readonly #services: Service[] = [];
  #disk: SmallDisk | null = null;
  readonly #ends: (() => Promise<unknown>)[] = [];

  private constructor(folder: string, postgres: Postgres, ports: number[], { rabbit, isQuick }: StageOptions) {
    this.folder = folder;
    this.postgres = postgres;
    this.rabbit = rabbit;
    this.db = connect(postgres.connection);
    this.#ports = ports;
    this.#isQuick = isQuick;
  }

  static async open(options: StageOptions): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'inference-faults-'));
    // The database's own account must be able to pass through.
    await chmod(folder, 0o711);
    for (const name of ['postgres', 'files', 'work']) await mkdir(join(folder, name), { mode: 0o711 });
    const { holds, mib } = options.smallDisk ?? {};
    const disk = holds === undefined ? null : await SmallDisk.mount(join(folder, holds), join(folder, 'disk.img'), mib ?? 0);
    const stage = new Stage(folder, await Postgres.open(join(folder, 'postgres')), await freePorts(PORTS), options);
    stage.#disk = disk;
    await writeEchoModel(stage.modelsFolder);
    return stage;
  }

  get modelsFolder(): string {
    return join(this.folder, 'models');
  }

  get filesFolder(): string {
    return join(this.folder, 'files');
  }

  /** How long something is away: as the matrix says, or shorter for the quick mode. */
  absenceMs(fullMs: number, quickMs: number): number {
    return this.#isQuick ? quickMs : fullMs;
  }

  /** The small disk that the row asked for. */
  smallDisk(): SmallDisk {
    if (this.#disk === null) throw new Error('the row asked for no small disk');
    return this.#disk;
  }

  /** Takes every session of Postgres, until `release`. */
  takeAllSessions(): Promise<{ release(): Promise<void> }> {
    return takeAllSessions(this.db, this.postgres.connection);
  }

  /** What is undone at the end, last first. */
  atEnd(undo: () => Promise<unknown>): void {
    this.#ends.push(undo);
  }

  async wire(...between: Parameters<typeof Wire.to>): Promise<Wire> {
    const wire = await Wire.to(...between);
    this.atEnd(() => wire.close());
    return wire;
  }

  /** A wire in front of a service, and the address that leads through it. */
  async wireTo({ url }: Pick<Service, 'url'>): Promise<{ wire: Wire; url: string }> {
    const wire = await this.wire({ host: '127.0.0.1', port: Number(new URL(url).port) });
    return { wire, url: `http://127.0.0.1:${wire.port}` };
  }

  /** A wire in front of the database. */
  async wireToPostgres(): Promise<{ wire: Wire; settings: Settings }> {
    const wire = await this.wire({ path: this.postgres.socket });
    const { user, database } = this.postgres.connection;
    return { wire, settings: { DATABASE_URL: `postgres://${user}:unused@127.0.0.1:${wire.port}/${database}` } };
  }

  /** A wire in front of RabbitMQ. */
  async wireToRabbit(): Promise<{ wire: Wire; settings: Settings }> {
    const wire = await this.wire({ host: '127.0.0.1', port: this.rabbit.port });
    const address = new URL(this.rabbit.url);
    address.port = String(wire.port);
    return { wire, settings: { RABBITMQ_URL: address.href } };
  }

  privateApi(settings: Settings = {}, preload?: string): Service {
    const { host, port, user, database } = this.postgres.connection;
    const own = {
      DATABASE_URL: `postgres://${user}@/${database}?host=${encodeURIComponent(String(host))}&port=${port}`,
      RABBITMQ_URL: this.rabbit.url,
      FILES_DIR: this.filesFolder,
      ADMIN_KEY: this.adminKey,
      CONSUMER_KEY: this.#consumerKey,
      RELAY_TOKEN: this.#relayToken,
      // The disk of this machine is not what rows are about.
      FREE_DISK_BYTES_MIN: '0',
      ...settings,
    };
    return this.#start('private-api', own, preload);
  }

  relay({ url }: Pick<Service, 'url'>, settings: Settings = {}): Service {
    return this.#start('public-api', { PRIVATE_API_URL: url, RELAY_TOKEN: this.#relayToken, ...settings });
  }

  consumer({ url }: Pick<Service, 'url'>, settings: Settings = {}, preload?: string): Service {
    const own = {
      PRIVATE_API_URL: url,
      CONSUMER_KEY: this.#consumerKey,
      RABBITMQ_URL: this.rabbit.url,
      WORK_DIR: join(this.folder, 'work'),
      MODELS_DIR: this.modelsFolder,
      DOCKER_SLOTS: '0',
      GPUS: 'none',
      PROCESS_SLOTS: '2',
      DRAIN_SECONDS: '5',
      ...settings,
    };
    return this.#start('consumer', own, preload);
  }

  /** Somebody who sends tasks through this relay. */
  client({ url }: Pick<Service, 'url'>): Client {
    const client = new Client(url, this.adminKey);
    this.clients.push(client);
    return client;
  }

  /** Makes the echo model an image of the machine's own engine, and known. */
  async registerContainer(client: Client, host?: string): Promise<string> {
    const image = `inference-faults-${randomBytes(6).toString('hex')}:1`;
    this.atEnd(await echoImage(image, host));
    await client.register(ECHO_CONTAINER, image);
    return image;
  }

  /** A private API and a relay, ready, and a client. */
  async pair(): Promise<Omit<Trio, 'consumer'>> {
    const api = await this.privateApi().ready();
    const relay = await this.relay(api).ready();
    return { api, relay, client: this.client(relay) };
  }

  /** One of each service, ready and connected to RabbitMQ, and a client. */
  async trio(settings: { api?: Settings; relay?: Settings; consumer?: Settings } = {}): Promise<Trio> {
    const api = this.privateApi(settings.api);
    const relay = this.relay(api, settings.relay);
    const consumer = this.consumer(api, settings.consumer);
    await Promise.all([api, relay, consumer].map((service) => service.ready()));
    await Promise.all([api, consumer].map(ringing));
    return { api, relay, consumer, client: this.client(relay) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const service of this.#services) if (service.runs) await service.kill();
    await this.db.$disconnect();
    for (const undo of this.#ends.reverse()) await undo();
    await this.postgres.close();
    await this.#disk?.close();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  #start(name: ServiceName, settings: Settings, preload?: string): Service {
    const port = this.#ports.pop();
    if (port === undefined) throw new Error(`there is room for ${PORTS} services`);
    const service = new Service(name, { port, settings, product: this.product, ...(preload === undefined ? {} : { preload }) });
    this.#services.push(service);
    return service.start();
  }
}

/** Resolves once a service is connected to RabbitMQ. */
export async function ringing(service: Service): Promise<void> {
  await until(`${service.name} to have RabbitMQ`, () => service.has('queue'), RINGING_MS);
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}
