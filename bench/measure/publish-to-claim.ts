import { setTimeout as pause } from 'node:timers/promises';
import type { Bench } from '../bench.ts';
import { compare, type Row } from '../row.ts';
import { servicesReason } from '../services-reason.ts';
import { smallZip } from '../small-zip.ts';
import { startPlatform } from '../start-platform.ts';
import { summarise } from '../statistics.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { TINY_MODEL } from '../tiny-model.ts';
import { tapWire } from '../wire-tap.ts';

const [ROUNDS, WARM_UPS] = [100, 20];
/** The client looks for the output once all is over: what it asks meanwhile would be measured, too. */
const FIRST_LOOK_MS = 60;
const POLL_MS = 5;
const CLAIMED_MS_MAX = 5;
const TASK_UID = /"taskUid":"([A-Za-z0-9_-]{43})"/g;
const [name, what] = ['publish-to-claim', 'From the ring to the answered claim, with RabbitMQ'];
const NOTES = [
  'begins when the ring leaves the private API for RabbitMQ, ends when the answer to the claim reaches the consumer: both seen on the wire.',
  'private API, consumer, RabbitMQ and Postgres are processes of their own; the claim is committed, with fsync. The consumer is idle, and nobody else asks for anything.',
];

/** How soon a waiting consumer has a task that was just committed. */
export async function publishToClaim(bench: Bench): Promise<Row[]> {
  const reason = servicesReason();
  if (reason !== null) return [{ name, what, skipped: reason }];
  await using resources = new AsyncDisposableStack();
  const folder = resources.use(await temporaryFolder(bench.folder, `${name}-`));
  const { zip } = await smallZip(folder.path);
  const rung = new Map<string, number>();
  const claimed = new Map<string, number>();
  const platform = resources.use(
    await startPlatform(bench, 1, {
      rings: async (url) => resources.use(await tapWire(url, { onSent: (bytes) => note(rung, bytes) })).url,
      claims: async (url) => resources.use(await tapWire(url, { onAnswered: (bytes) => note(claimed, bytes) })).url,
    }),
  );

  const times: number[] = [];
  for (let round = 0; round < WARM_UPS + ROUNDS; round++) {
    bench.signal.throwIfAborted();
    const uid = String(await platform.client.post(`/api/tasks/?model_human_readable_id=${TINY_MODEL}`, { zip }));
    await pause(FIRST_LOOK_MS, undefined, { signal: bench.signal });
    await platform.client.waitForOutput(uid, POLL_MS);
    const [begin, end] = [rung.get(uid), claimed.get(uid)];
    if (begin === undefined || end === undefined) throw new Error(`The ring or the claim of the task ${uid} was not seen on the wire`);
    if (round >= WARM_UPS) times.push(end - begin);
  }
  const sides = { name, what, unit: 'ms', ours: summarise(times), other: null, notes: NOTES } as const;
  return [compare('alone', sides, { atMost: CLAIMED_MS_MAX })];
}

/** Notes when a task was named for the first time. */
function note(seen: Map<string, number>, bytes: Buffer): void {
  const now = performance.now();
  for (const [, uid = ''] of bytes.toString('latin1').matchAll(TASK_UID)) if (!seen.has(uid)) seen.set(uid, now);
}
