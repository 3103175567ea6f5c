import type { Bench } from '../bench.ts';
import { type LoadRequest, load } from '../load.ts';
import { compare, type Row } from '../row.ts';
import { servicesReason } from '../services-reason.ts';
import { smallZip } from '../small-zip.ts';
import { startPlatform } from '../start-platform.ts';
import { summarise } from '../statistics.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { TINY_MODEL } from '../tiny-model.ts';

const TASKS = 50;
const POLL_MS = 20;
const READS = { count: 4_000, clients: 16, rounds: 5, warmUps: 4_000 };
const PER_SECOND_MIN = 1_500;
const [name, what] = ['status-reads', `Reads of a task's status through /api/v1, ${READS.clients} clients`];
const NOTES = [
  `through the relay; private API and Postgres are processes of their own. ${TASKS} ended tasks in turn, each with its attempt.`,
  'each read asks the database: nothing is kept in memory.',
];

/** How often clients may look at their tasks, all together. */
export async function statusReads(bench: Bench): Promise<Row[]> {
  const reason = servicesReason();
  if (reason !== null) return [{ name, what, skipped: reason }];
  await using folder = await temporaryFolder(bench.folder, `${name}-`);
  const { zip } = await smallZip(folder.path);
  await using platform = await startPlatform(bench, 1);
  const requests: LoadRequest[] = [];
  for (let made = 0; made < TASKS; made++) {
    const uid = String(await platform.client.post(`/api/tasks/?model_human_readable_id=${TINY_MODEL}`, { zip }));
    await platform.client.waitForOutput(uid, POLL_MS);
    const head = [`GET /api/v1/tasks/${uid} HTTP/1.1`, 'host: bench', `authorization: Bearer ${platform.adminKey}`];
    requests.push({ head, body: Buffer.alloc(0), status: 200 });
  }
  let at = 0;
  const next = () => requests[at++ % requests.length] as LoadRequest;
  const rates: number[] = [];
  const read = async (count: number) => {
    bench.signal.throwIfAborted();
    return await load(platform.relayUrl, { count, clients: READS.clients, next });
  };
  await read(READS.warmUps);
  for (let round = 0; round < READS.rounds; round++) rates.push((await read(READS.count)).perSecond);
  const sides = { name, what, unit: 'per s', ours: summarise(rates), other: null, notes: NOTES } as const;
  return [compare('alone', sides, { atLeast: PER_SECOND_MIN })];
}
