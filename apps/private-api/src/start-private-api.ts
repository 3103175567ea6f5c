import { join } from 'node:path';
import { connect, migrate, waitForDatabase } from '@inference/database';
import { newId, reasonOf, systemClock } from '@inference/domain';
import { openDiskFileStore } from '@inference/files';
import { createRabbitQueue } from '@inference/queue';
import {
  type Component,
  closeServer,
  Health,
  type Log,
  makeFolder,
  openPort,
  startLoop,
  type TearDown,
  withSetting,
} from '@inference/service';
import { createZipChecker } from '@inference/zips';
import { createApp } from './app.ts';
import { componentChecks } from './component-checks.ts';
import type { Config } from './config.ts';
import { createPostgresStore } from './create-postgres-store.ts';
import type { Deps } from './deps.ts';
import { TaskFeeds } from './feed/task-feeds.ts';
import { createFrontDoor } from './front-door.ts';
import { allLoops } from './loops/all-loops.ts';
import { createSharedNews } from './news/create-shared-news.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { checkFileStore } from './services/check-file-store.ts';

const MIGRATIONS = join(import.meta.dirname, '..', '..', '..', 'prisma', 'migrations');
/** Services start in any order: the database may take so long to be there, in milliseconds. */
const DATABASE_WAIT_MS = 120_000;
/** How often a file store that is not the right one is looked at again, in milliseconds. */
const FILES_LOOK_MS = 5_000;

/**
 * Starts a private API; several may run side by side. It answers health checks at once, and everything else from when the database is
 * there and migrated, and the files are those of that database.
 */
export async function startPrivateApi(config: Config, log: Log, down: TearDown): Promise<void> {
  const clock = systemClock;
  const health = new Health({ clock, log });
  const door = createFrontDoor(health);
  const port = await openPort(door.server, config);
  log.info({ host: config.host, port }, 'the private API answers health checks');

  const deps = await wire(config, log, down);
  const files = checkFileStore(deps);
  health.watch(...componentChecks(deps), files);
  // Last in, first out: from here on, a stop lets requests and loops end before what they need goes.
  down.add(
    () => closeServer(door.server, config.drainMs),
    () => door.server.closeAllConnections(),
  );
  await untilWell(files, deps);
  for (const loop of allLoops(deps)) down.add(startLoop(loop, deps));
  // Who follows a task would keep the server from closing.
  down.add(async () => deps.feeds.close());
  down.add(async () => health.draining());
  door.open(createApp(deps, { boundToLoopback: false }));
  health.serving();
  log.info('the private API serves');
}

async function wire(config: Config, log: Log, down: TearDown): Promise<Deps> {
  const { database, settings } = config;
  const onWait = (error: Error) => log.warn({ reason: reasonOf(error), limitMs: DATABASE_WAIT_MS }, 'waiting for the database');
  await withSetting('DATABASE_URL', () => waitForDatabase(database, { limitMs: DATABASE_WAIT_MS, onWait }));
  const migrations = await migrate(database, MIGRATIONS);
  if (migrations.length > 0) log.info({ migrations }, 'the database was migrated');
  const db = connect(database);
  down.add(() => db.$disconnect());
  const store = createPostgresStore(db);
  const files = await withSetting('FILES_DIR', async () => {
    await makeFolder(config.filesFolder, 0o700);
    return await openDiskFileStore(config.filesFolder);
  });
  const zips = createZipChecker({ processes: config.zipCheckers, limits: settings.zipLimits });
  down.add(() => zips.close());
  const queue = createRabbitQueue({ url: config.rabbitUrl, log });
  down.add(() => queue.close());
  const news = createSharedNews({ store, connection: database, clock: systemClock, newId, log });
  down.add(() => news.close());
  const feeds = new TaskFeeds({ store, news, clock: systemClock, log });
  const decisions = new OneAtATime();
  return { store, files, queue, news, feeds, zips, clock: systemClock, newId, random: Math.random, decisions, log, settings };
}

/** Waits for as long as it takes: meanwhile the service is not ready, and says why. */
async function untilWell(component: Component, { clock, log }: Deps): Promise<void> {
  let told = '';
  for (;;) {
    const { ok, text } = await component.check().catch((error: unknown) => {
      log.warn({ err: error }, 'the file store could not be looked at');
      return { ok: false, text: '' };
    });
    if (ok) return;
    if (text !== told && text !== '') log.error(text);
    told = text;
    await new Promise<void>((resolve) => clock.after(FILES_LOOK_MS, resolve));
  }
}
