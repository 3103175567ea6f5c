import type { Bench } from '../bench.ts';
import { type LoadRequest, load } from '../load.ts';
import { compare, type Row } from '../row.ts';
import { servicesReason } from '../services-reason.ts';
import { smallZip } from '../small-zip.ts';
import { startPlatform } from '../start-platform.ts';
import { summarise } from '../statistics.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { registerWaitingModel, WAITING_MODEL } from '../waiting-model.ts';

const ALONE = { count: 100, warmUps: 20 };
const TOGETHER = { count: 900, clients: 16, rounds: 5, warmUps: 200 };
const ACCEPTED_MS_MAX = 10;
const PER_SECOND_MIN = 300;
const [name, what] = ['submits', 'Submits of 1 KiB through /api/v1'];
const NOTES = [
  'through the relay; private API, Postgres and RabbitMQ are processes of their own. The tasks wait: nothing runs meanwhile.',
  'accepted is durable: the file and its folder are synced, and so is the commit of the database. Each has a key of its own owner.',
];

/** How long a client waits for the acceptance of a small task, and how many a second are accepted. */
export async function submits(bench: Bench): Promise<Row[]> {
  const reason = servicesReason();
  if (reason !== null) return [{ name, what, skipped: reason }];
  await using folder = await temporaryFolder(bench.folder, `${name}-`);
  const { zip } = await smallZip(folder.path);
  await using platform = await startPlatform(bench, 1);
  await registerWaitingModel(platform.db);
  const request: LoadRequest = {
    head: [
      `POST /api/v1/models/${WAITING_MODEL}/tasks HTTP/1.1`,
      'host: bench',
      `authorization: Bearer ${platform.adminKey}`,
      'content-type: application/zip',
    ],
    body: zip,
    status: 202,
  };
  const next = () => request;
  const send = async (count: number, clients: number) => {
    bench.signal.throwIfAborted();
    return await load(platform.relayUrl, { count, clients, next });
  };
  await send(ALONE.warmUps, 1);
  const alone = await send(ALONE.count, 1);
  await send(TOGETHER.warmUps, TOGETHER.clients);
  const rates: number[] = [];
  for (let round = 0; round < TOGETHER.rounds; round++) rates.push((await send(TOGETHER.count, TOGETHER.clients)).perSecond);

  const one = { name, what: `${what}, one after another`, unit: 'ms', ours: summarise(alone.timesMs), other: null, notes: NOTES } as const;
  const many = { name, what: `${what}, ${TOGETHER.clients} clients`, unit: 'per s', ours: summarise(rates), other: null } as const;
  return [compare('alone', one, { atMost: ACCEPTED_MS_MAX }), compare('alone', many, { atLeast: PER_SECOND_MIN })];
}
