import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { connect, type Database, startEmbeddedPostgres } from '@inference/database';
import { startRabbitMq } from '@inference/testing/start-rabbitmq';
import type { Bench } from './bench.ts';
import { Client } from './client.ts';
import { type Service, startService } from './start-service.ts';
import { writeTalkingModel } from './talking-model.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { writeTinyModel } from './tiny-model.ts';

/** The services as an installation of several processes has them, with a Postgres and a RabbitMQ of their own. */
export type Platform = AsyncDisposable & {
  /** Talks to the relay, as users do. */
  readonly client: Client;
  readonly relayUrl: string;
  readonly adminKey: string;
  readonly db: Database;
  /** The folder of its database's socket: a second database of the same server can be made there. */
  readonly postgres: { readonly socketFolder: string; readonly port: number; readonly user: string };
  readonly rabbitUrl: string;
  /** Where the tiny model lies. */
  readonly tinyFolder: string;
  readonly services: { readonly relay: Service; readonly privateApi: Service; readonly consumer: Service };
};

/** What lies between a service and the address that it is given. */
export type Taps = {
  /** Between the private API and RabbitMQ. */
  readonly rings?: (rabbitUrl: string) => Promise<string>;
  /** Between the consumer and the private API. */
  readonly claims?: (privateApiUrl: string) => Promise<string>;
};

/** Starts relay, private API and one consumer with so many process slots, which has the tiny and the talking model. */
export async function startPlatform(bench: Bench, slots: number, taps: Taps = {}): Promise<Platform> {
  await using resources = new AsyncDisposableStack();
  const { path: folder } = resources.use(await temporaryFolder(bench.folder, 'platform-'));
  const postgres = await startEmbeddedPostgres(folder);
  resources.defer(async () => {
    await postgres.stop();
    await postgres.remove();
  });
  const rabbit = await startRabbitMq();
  resources.defer(() => rabbit.close());
  const { host, port, user } = postgres.connection;
  const socket = { socketFolder: String(host), port: Number(port), user: String(user) };

  const [adminKey, consumerKey, relayToken] = [secret(), secret(), secret()];
  const privateApi = resources.use(
    await startService(bench, 'private-api', {
      DATABASE_URL: `postgres://${socket.user}@/postgres?host=${encodeURIComponent(socket.socketFolder)}&port=${socket.port}`,
      RABBITMQ_URL: (await taps.rings?.(rabbit.url)) ?? rabbit.url,
      FILES_DIR: join(folder, 'files'),
      LEGACY_ANONYMOUS: '1',
      // It polls faster than people do, from one address.
      ANONYMOUS_REQUESTS_PER_MINUTE_MAX: '1000000',
      ADMIN_KEY: adminKey,
      CONSUMER_KEY: consumerKey,
      RELAY_TOKEN: relayToken,
    }),
  );
  const db = connect(postgres.connection);
  resources.defer(() => db.$disconnect());
  const models = join(folder, 'models');
  const tinyFolder = await writeTinyModel(models);
  await writeTalkingModel(models);
  const relay = resources.use(await startService(bench, 'public-api', { PRIVATE_API_URL: privateApi.url, RELAY_TOKEN: relayToken }));
  const consumer = resources.use(
    await startService(bench, 'consumer', {
      PRIVATE_API_URL: (await taps.claims?.(privateApi.url)) ?? privateApi.url,
      CONSUMER_KEY: consumerKey,
      RABBITMQ_URL: rabbit.url,
      WORK_DIR: join(folder, 'work'),
      DOCKER_SLOTS: '0',
      GPUS: 'none',
      PROCESS_SLOTS: String(slots),
      MODELS_DIR: models,
    }),
  );
  const client = resources.use(new Client(relay.url, bench.signal));
  const kept = resources.move();
  const services = { relay, privateApi, consumer };
  return {
    client,
    relayUrl: relay.url,
    adminKey,
    db,
    postgres: socket,
    rabbitUrl: rabbit.url,
    tinyFolder,
    services,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}
