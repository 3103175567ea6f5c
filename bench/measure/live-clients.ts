import { setTimeout as pause } from 'node:timers/promises';
import type { Bench } from '../bench.ts';
import { followTalk, type TalkClient } from '../follow-talk.ts';
import { postTalk } from '../post-talk.ts';
import { residentBytes } from '../resident-bytes.ts';
import { compare, type Row } from '../row.ts';
import { servicesReason } from '../services-reason.ts';
import { type Platform, startPlatform } from '../start-platform.ts';
import { percentile95, summarise } from '../statistics.ts';

const CLIENTS = 500;
/** Opened side by side. */
const AT_ONCE = 20;
const WARM_UP = { clients: 20, talk: { lines: 20, pauseSeconds: 0.5 } };
const TALK = { lines: 30, pauseSeconds: 1 };
/** What opening so many connections needs for a moment is gone by then, in milliseconds. */
const SETTLE_MS = 8_000;
const MIB = 1024 * 1024;
const MORE_MIB_MAX = 50;
const [name, what] = ['live-clients', `${CLIENTS} SSE clients at once, memory more`];

/** Bytes of each. */
type Memory = { readonly privateApi: number; readonly relay: number };

/** What many who follow a task cost private API and relay in memory. */
export async function liveClients(bench: Bench): Promise<Row[]> {
  const reason = servicesReason();
  if (reason !== null) return [{ name, what, skipped: reason }];
  await using platform = await startPlatform(bench, 1);
  const settled = () => pause(SETTLE_MS, undefined, { signal: bench.signal });
  await followed(bench, platform, WARM_UP, settled);
  const before = await memoryOf(platform);
  let after: Memory | null = null;
  const latenciesMs = await followed(bench, platform, { clients: CLIENTS, talk: TALK }, async () => {
    await settled();
    after = await memoryOf(platform);
  });
  const notes = [
    `resident memory ${SETTLE_MS / 1000} s after all have connected, less what it was before; the processes served ${WARM_UP.clients} clients before.`,
    `all follow one task through the relay, and read a line a second: 95 % within ${Math.round(percentile95(latenciesMs))} ms.`,
  ];
  return (['privateApi', 'relay'] as const).map((part) => {
    const ours = summarise([((after?.[part] ?? Number.NaN) - before[part]) / MIB]);
    const sides = { name, what: `${what} of the ${part === 'relay' ? 'relay' : 'private API'}`, unit: 'MiB', ours, other: null } as const;
    return compare('alone', part === 'privateApi' ? { ...sides, notes } : sides, { atMost: MORE_MIB_MAX });
  });
}

type Following = { readonly clients: number; readonly talk: typeof TALK };

/** Has so many clients follow one task to its end; `meanwhile` is called once all have connected. Answers how late lines came that were printed afterwards. */
async function followed(bench: Bench, platform: Platform, { clients, talk }: Following, meanwhile: () => Promise<void>): Promise<number[]> {
  using open = new DisposableStack();
  const uid = await postTalk(platform, bench.folder, talk);
  const all: TalkClient[] = [];
  const left = Array.from({ length: clients }, () => uid).values();
  const connect = async () => {
    for (const one of left) all.push(open.use(await followTalk(bench, platform, one)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, connect));
  // A line from before a client came is told at once, and would say nothing.
  const connectedMs = Date.now();
  await meanwhile();
  await Promise.all(all.map(({ over }) => over));
  const short = all.filter(({ lines }) => lines.length !== talk.lines).length;
  if (short > 0) throw new Error(`${short} of ${clients} clients did not get each of the ${talk.lines} lines`);
  return all.flatMap(({ lines }) => lines.filter(({ printedMs }) => printedMs > connectedMs).map(({ afterMs }) => afterMs));
}

async function memoryOf({ services }: Platform): Promise<Memory> {
  return { privateApi: await residentBytes(services.privateApi.pid), relay: await residentBytes(services.relay.pid) };
}
