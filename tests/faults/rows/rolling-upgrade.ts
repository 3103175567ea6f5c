import { join } from 'node:path';
import { until } from '@inference/testing';
import { must } from '../must.ts';
import { PRODUCT } from '../places.ts';
import type { Row } from '../row.ts';
import type { Client } from '../stage/client.ts';
import { lacksProductBefore, productBefore } from '../stage/product-before.ts';
import type { Service } from '../stage/service.ts';
import type { Stage } from '../stage/stage.ts';
import { Traffic } from '../stage/traffic.ts';

/** So many tasks must end right before the next service is replaced. */
const TASKS = 15;
const TASKS_MS = 180_000;
/** A service that refuses to start must do so within this, in milliseconds. */
const REFUSED_MS = 60_000;
/** A model that runs over the first replacements, in seconds. */
const LONG_SECONDS = 30;

export const rollingUpgrade: Row = {
  name: 'rolling-upgrade',
  numbers: [47],
  fault:
    'two of each service replaced one by one under load, from the version before to this one: a private API first, which migrates the database while the other one serves on; consumers before and after their private API; then relay and consumer back',
  required:
    'nothing is lost or doubled; no request fails but at the service that is being replaced; an old private API refuses the migrated database',
  lacks: lacksProductBefore,
  async play(stage) {
    const before = join(stage.folder, 'before');
    const { migrationsUnknown } = await productBefore(before);
    stage.product = before;
    const one = await column(stage, 'one');
    const other = await column(stage, 'other');
    await using traffic = new Traffic([one.client, other.client], stage.db);
    const long = await one.client.send({ seconds: LONG_SECONDS });
    const replace = async (service: Service, product: string, client?: Client) => {
      const work = () => service.replaceBy(product);
      await (client === undefined ? work() : traffic.excuse(client, work));
      await moreResults(stage);
    };
    await moreResults(stage);

    await replace(one.api, PRODUCT, one.client);
    await replace(other.consumer, PRODUCT);
    await replace(other.api, PRODUCT, other.client);
    await replace(one.relay, PRODUCT, one.client);
    await replace(other.relay, PRODUCT, other.client);
    await one.client.result(long);
    await replace(one.consumer, PRODUCT);

    await replace(one.consumer, before);
    await replace(one.relay, before, one.client);
    const back = await traffic.excuse(other.client, () => backTo(before, other.api, migrationsUnknown));
    await moreResults(stage);
    const { failed, excused } = await traffic.stop();
    must(failed.length === 0, `no request fails elsewhere (${failed.length} did: ${failed.slice(0, 3).join('; ')})`);
    return { found: `Meanwhile ${excused} requests failed at the service that was being replaced, and none elsewhere. ${back}` };
  },
};

type Column = { readonly api: Service; readonly relay: Service; readonly consumer: Service; readonly client: Client };

/** One of each, in front of each other. */
async function column(stage: Stage, name: string): Promise<Column> {
  const api = await stage.privateApi().ready();
  const [relay, consumer] = [stage.relay(api), stage.consumer(api, { WORK_DIR: join(stage.folder, 'work', name) })];
  await Promise.all([relay.ready(), consumer.ready()]);
  return { api, relay, consumer, client: stage.client(relay) };
}

async function moreResults({ db }: Stage): Promise<void> {
  const results = () => db.task.count({ where: { state: 'succeeded' } });
  const wanted = (await results()) + TASKS;
  await until(`${TASKS} more results`, async () => (await results()) >= wanted, TASKS_MS);
}

/** Tries to go back with a private API: what a newer version has migrated it must not touch. */
async function backTo(before: string, api: Service, migrationsUnknown: readonly string[]): Promise<string> {
  if (migrationsUnknown.length === 0) {
    await api.replaceBy(before);
    return 'The private API went back, too: there was no migration.';
  }
  await api.kill('SIGTERM');
  api.product = before;
  api.start();
  await until('the old private API to end', () => !api.runs, REFUSED_MS);
  must(api.exitCode !== 0 && api.output.includes('run a newer version'), `it refuses the database (exit code ${api.exitCode})`);
  await api.replaceBy(PRODUCT);
  return 'The old private API refused the migrated database, and said why.';
}
