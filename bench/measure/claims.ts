import { randomUUID } from 'node:crypto';
import type { Bench } from '../bench.ts';
import { compare, type Row } from '../row.ts';
import { servicesReason } from '../services-reason.ts';
import { type Platform, startPlatform } from '../start-platform.ts';
import { percentile95, summarise } from '../statistics.ts';

const [ROUNDS, CLAIMS, WARM_UPS] = [5, 100, 20];
const OWNERS = 10;
const QUEUED = { few: 1_000, many: 1_000_000 } as const;
/** Machines with GPUs, and cards of each; so many attempts hold cards while claims are made. */
const [NODES, GPUS, HELD] = [4, 8, 12];
/** Rows of one INSERT: more take longer than a statement may. */
const BATCH = 50_000;
const CLAIM_MS_MAX = 8;
const MANY_RATIO_MAX = 1.3;
const POOLS = ['docker-cpu', 'docker-gpu'] as const;
type Pool = (typeof POOLS)[number];

const NOTES = [
  `the 95th percentile of ${CLAIMS} claims over HTTP, ${ROUNDS} times; each is committed, with fsync. ${OWNERS} owners; nobody else asks for anything.`,
  `GPUs: tasks ask for 1, 2 or 8 cards with four kinds of limits; ${NODES} machines with ${GPUS} cards, ${HELD} attempts hold some.`,
];

/** What a claim costs with 1,000 waiting tasks, and with 1,000,000. */
export async function claims(bench: Bench): Promise<Row[]> {
  const name = 'claims';
  const reason = servicesReason();
  if (reason !== null) return [{ name, what: 'A claim, with many waiting tasks', skipped: reason }];
  await using platform = await startPlatform(bench, 1);
  await addModels(platform);
  const measured = new Map<string, number[]>();
  for (const [size, count] of Object.entries(QUEUED)) {
    await fill(platform, count);
    for (const pool of POOLS) measured.set(`${pool} ${size}`, await percentiles(bench, platform, pool));
  }
  return POOLS.flatMap((pool) => {
    const what = pool === 'docker-gpu' ? 'A claim of a consumer with GPUs' : 'A claim';
    const [few, many] = [summarise(measured.get(`${pool} few`) ?? []), summarise(measured.get(`${pool} many`) ?? [])];
    const words = { unit: 'ms', notes: NOTES } as const;
    return [
      compare(
        'alone',
        { ...words, name: `claims-${pool}`, what: `${what}, 1,000 waiting`, ours: few, other: null },
        { atMost: CLAIM_MS_MAX },
      ),
      compare(
        'ratio',
        { ...words, name: `claims-${pool}-many`, what: `${what}, 1,000,000 waiting against 1,000`, ours: many, other: few },
        { atMost: MANY_RATIO_MAX },
      ),
    ];
  });
}

async function addModels({ db }: Platform): Promise<void> {
  await db.$executeRaw`
    INSERT INTO model (uid, human_readable_id, image, use_gpu, memory_bytes, shm_bytes, pids_max, time_ms)
    SELECT 'bench-' || pool, 'bench-' || pool, 'bench:1', pool = 'docker-gpu', 1, 1, 1, 86400000 FROM unnest(${[...POOLS]}::text[]) AS pool`;
}

/** Half of the waiting tasks are for each pool. */
async function fill({ db }: Platform, count: number): Promise<void> {
  await db.$executeRaw`DELETE FROM task WHERE state = 'queued'`;
  for (let first = 1; first <= count; first += BATCH) {
    const last = Math.min(count, first + BATCH - 1);
    await db.$executeRaw`
      INSERT INTO task (uid, model_id, owner, pool, input_key, input_bytes, input_sha256, order_key, asks, time_limit_ms)
      SELECT 'bench-' || n || '-' || ${count}::int, m.id, 'owner-' || n % ${OWNERS}::int, p.pool, '', 1, '', n,
             CASE WHEN p.pool = 'docker-gpu' THEN (ARRAY['{}', '{}', '{}', '{"gpus":2}', '{"gpus":8}'])[1 + n / 20 % 5]::jsonb ELSE '{}' END,
             (1 + n % 4) * 900000
      FROM generate_series(${first}::int, ${last}::int) AS n
      JOIN (VALUES (0, 'docker-cpu'), (1, 'docker-gpu')) AS p (at, pool) ON p.at = n / ${OWNERS}::int % 2 JOIN model m ON m.uid = 'bench-' || p.pool`;
  }
  await db.$executeRaw`ANALYZE task`;
}

async function percentiles(bench: Bench, platform: Platform, pool: Pool): Promise<number[]> {
  const boot = randomUUID();
  for (let at = 0; at < NODES; at++) await hello(platform, `bench-${at}`, boot);
  const found: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const times: number[] = [];
    for (let at = 0; at < WARM_UPS + CLAIMS; at++) {
      bench.signal.throwIfAborted();
      await makeRoom(platform);
      const begin = performance.now();
      const status = await send(platform, '/api/claims', {
        claimId: uid(),
        consumerId: `bench-${at % NODES}`,
        bootId: boot,
        pools: [pool],
      });
      const ms = performance.now() - begin;
      // A machine may be full, or kept for a task of eight cards: to decide that costs as much, or more.
      if (status !== 200 && (status !== 204 || pool === 'docker-cpu')) throw new Error(`A claim of ${pool} was answered ${status}`);
      if (at >= WARM_UPS) times.push(ms);
    }
    found.push(percentile95(times));
  }
  return found;
}

/** Ends the oldest attempts, so that as many hold cards at each claim. */
async function makeRoom({ db }: Platform): Promise<void> {
  await db.$executeRaw`
    WITH over AS (
      UPDATE task SET state = 'queued' WHERE state = 'running' AND id NOT IN (
        SELECT t.id FROM task t JOIN attempt a ON a.task_id = t.id AND a.number = t.attempt WHERE t.state = 'running' ORDER BY a.started_at DESC LIMIT ${HELD})
      RETURNING id, attempt)
    UPDATE device_lease d SET ended_at = now() FROM over WHERE d.task_id = over.id AND d.ended_at IS NULL`;
}

async function hello(platform: Platform, consumer: string, bootId: string): Promise<void> {
  const devices = Array.from({ length: GPUS }, (_, at) => ({
    ...{ uuid: `${consumer}-${at}`, name: 'card', memoryBytes: 80 * 1024 ** 3, kind: 'gpu', groups: [], trouble: null },
  }));
  const capacity = { cpuMillis: 64_000, memoryBytes: 1024 ** 4, shmBytes: 1024 ** 4, scratchBytes: 1024 ** 4 };
  const message = { bootId, pools: POOLS, gpus: GPUS, trouble: {}, node: { labels: {}, capacity, devices } };
  const status = await send(platform, `/api/consumers/${consumer}/hello`, message);
  if (status !== 200) throw new Error(`A hello was answered ${status}`);
}

async function send({ services, adminKey }: Platform, path: string, message: object): Promise<number> {
  const headers = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' };
  const answer = await fetch(new URL(path, services.privateApi.url), { method: 'POST', headers, body: JSON.stringify(message) });
  await answer.arrayBuffer();
  return answer.status;
}

/** As ids of claims must look. */
function uid(): string {
  return `${randomUUID()}${randomUUID()}`.replaceAll('-', '').slice(0, 43);
}
