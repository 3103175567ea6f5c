import type { Bench } from '../bench.ts';
import { followTalk } from '../follow-talk.ts';
import { postTalk } from '../post-talk.ts';
import { compare, type Row } from '../row.ts';
import { servicesReason } from '../services-reason.ts';
import { startPlatform } from '../start-platform.ts';
import { percentile95, summarise } from '../statistics.ts';

const [ROUNDS, WARM_UPS] = [5, 1];
/** Lines come at odd times beside the batches of the consumer, so that they wait for all of them. */
const TALK = { lines: 100, pauseSeconds: 0.037 };
const P95_MS_MAX = 300;
const [name, what] = ['live-lines', "A task's line, from its printing to an SSE client (95 of 100 lines are faster)"];
const NOTES = [
  `the 95th percentile of the ${TALK.lines} lines of each of ${ROUNDS} tasks; a line goes from the model's sandbox over consumer, private API, Postgres and relay.`,
  'the model is a shell that prints the time: the same clock tells when a line came. Nobody else asks for anything.',
];

/** How soon who follows a task reads what its model prints. */
export async function liveLines(bench: Bench): Promise<Row[]> {
  const reason = servicesReason();
  if (reason !== null) return [{ name, what, skipped: reason }];
  await using platform = await startPlatform(bench, 1);
  const percentiles: number[] = [];
  for (let round = 0; round < WARM_UPS + ROUNDS; round++) {
    bench.signal.throwIfAborted();
    const uid = await postTalk(platform, bench.folder, TALK);
    using client = await followTalk(bench, platform, uid);
    await client.over;
    if (client.lines.length !== TALK.lines) throw new Error(`${client.lines.length} lines of ${TALK.lines} came`);
    if (round >= WARM_UPS) percentiles.push(percentile95(client.lines.map(({ afterMs }) => afterMs)));
  }
  const sides = { name, what, unit: 'ms', ours: summarise(percentiles), other: null, notes: NOTES } as const;
  return [compare('alone', sides, { atMost: P95_MS_MAX })];
}
