// As many as may follow one task at once, through the relay.

import { readFileSync } from 'node:fs';
import { follow } from '@inference/private-api/testing';
import { has, until } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { postTask } from '../../e2e/client.ts';
import { services, startAll } from './services.ts';
import { sharedRabbitMq } from './shared-rabbitmq.ts';

const CLIENTS = 500;
const LINES = 30;
/** Opened side by side. */
const AT_ONCE = 20;
const NANOSECONDS_PER_MS = 1e6;
/** An idle machine takes a twentieth of this; see the rows `live-lines` and `live-clients` of the bench for what is promised there. */
const P95_MS_MAX = 3_000;
/** The bench measures what they cost once the memory of opening them was given back; nobody waits for that here. */
const MORE_MIB_MAX = 120;
const END_MS = 90_000;

type Follower = Awaited<ReturnType<typeof follow>>;

function residentMib(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1024;
}

describe.skipIf(!has('rabbitmq') || !has('bubblewrap'))(`${CLIENTS} clients that follow a task`, () => {
  const broker = sharedRabbitMq();

  it('get each line soon after it was printed, and the end; others are served meanwhile, and it takes little memory', async () => {
    const own = await services({ rabbitUrl: broker().url });
    const { privateApis, publicApis } = await startAll(own, { privateApis: 1, publicApis: 1, consumers: 1 });
    const [privateApi, relay] = [privateApis[0]!, publicApis[0]!];
    const headers = { authorization: `Bearer ${own.adminKey}` };
    const warmUp = await follow(relay.url, await postTask(relay.url, 'talk', { lines: '1' }), { headers });
    await until('the end of the first task', warmUp.isOver);
    const before = [privateApi, relay].map(({ pid }) => residentMib(pid));

    const uid = await postTask(relay.url, 'talk', { lines: String(LINES) });
    const latenciesMs: number[] = [];
    // Lines that were printed before a client came are told at once, and say nothing.
    let allCameMs = Number.POSITIVE_INFINITY;
    const onHeard = ({ event, data }: Follower['heard'][number]) => {
      if (event !== 'log') return;
      const printedMs = Number(data['text']) / NANOSECONDS_PER_MS;
      if (printedMs > allCameMs) latenciesMs.push(Date.now() - printedMs);
    };
    const left = Array.from({ length: CLIENTS }, () => uid).values();
    const clients: Follower[] = [];
    const open = async () => {
      for (const one of left) clients.push(await follow(relay.url, one, { headers, onHeard }));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, open));
    allCameMs = Date.now();
    expect([...new Set(clients.map(({ status }) => status))]).toEqual([200]);
    await until('lines for all of them', () => latenciesMs.length >= 3 * CLIENTS, END_MS);
    expect((await fetch(`${relay.url}/api/v1/tasks/${uid}`, { headers })).status).toBe(200);
    const after = [privateApi, relay].map(({ pid }) => residentMib(pid));

    await until('the end of all streams', () => clients.every((client) => client.isOver()), END_MS);
    const lines = clients.map((client) => client.log().trim().split('\n').length);
    expect(Math.min(...lines)).toBe(LINES);
    expect([...new Set(clients.map(({ heard }) => heard.at(-1)?.event))]).toEqual(['done']);
    const p95 = latenciesMs.sort((a, b) => a - b)[Math.floor(latenciesMs.length * 0.95)]!;
    const more = after.map((mib, at) => Math.round(mib - before[at]!));
    process.stdout.write(`${CLIENTS} followers: a line after ${Math.round(p95)} ms (p95), ${more.join(' and ')} MiB more\n`);
    expect(p95).toBeLessThan(P95_MS_MAX);
    expect(Math.max(...more)).toBeLessThan(MORE_MIB_MAX);
    expect(await own.stop()).toEqual([0, 0, 0]);
  }, 180_000);
});
