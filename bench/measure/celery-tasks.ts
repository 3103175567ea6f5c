import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '@inference/database';
import type { Bench } from '../bench.ts';
import { interleave } from '../interleave.ts';
import { type ProcessorTime, processorTime, usedBetween } from '../processor-time.ts';
import { compare, type Row } from '../row.ts';
import { sandboxCommand } from '../sandbox-command.ts';
import { servicesReason } from '../services-reason.ts';
import { smallZip } from '../small-zip.ts';
import { type Celery, celeryVersion, startCelery } from '../start-celery.ts';
import { type Platform, startPlatform } from '../start-platform.ts';
import { summarise } from '../statistics.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { TINY_MODEL } from '../tiny-model.ts';

const TASKS = 1_000;
const WARM_UP_TASKS = 50;
const SLOTS = 2;
const CONNECTIONS = 4;
const COUNTS = { rounds: 3, warmUps: 0 };
const POLL_MS = 50;
/** A round that takes longer has a fault, in milliseconds. */
const ROUND_LIMIT_MS = 300_000;
const RATIO_MIN = 0.5;
const MS_PER_SECOND = 1_000;
const [name, what] = ['celery-tasks', `${TASKS.toLocaleString('en')} tiny tasks in ${SLOTS} slots, with RabbitMQ and Postgres`];
const PROMISES = [
  'other side: Celery does the same in its task: unzip, the same bubblewrap command, zip, fsync, one row in Postgres. Its client writes and syncs each input, then sends its path.',
  `both: one RabbitMQ and one Postgres for both sides, ${CONNECTIONS} connections, from the first task sent to the last result ready, which one query every ${POLL_MS} ms finds out.`,
  'ours promises: an answered POST is durable (file, folder and row synced), its zip was checked, and the task ends, whatever dies: three retries, a lease, hashes of input and output, one result, state and reason by HTTP, cancel, limits of time and memory, downloads with ranges. It also survives the loss of RabbitMQ.',
  'Celery as set up here promises: a sent task is in a durable queue (publisher confirms), and is handed out again when its worker dies (acks_late, reject_on_worker_lost, prefetch 1): at least once, no retry of other faults, no result over HTTP. By default it acknowledges early: a task whose worker dies is lost.',
];

type Measured = { readonly tasksPerSecond: number; readonly used: ProcessorTime };

/** Many tiny tasks through the whole platform, against Celery doing the same work. */
export async function celeryTasks(bench: Bench): Promise<Row[]> {
  const version = await celeryVersion();
  const missing = version === null ? 'Celery is not installed (python3-celery, python3-psycopg2).' : null;
  const reason = servicesReason() ?? missing;
  if (reason !== null) return [{ name, what, skipped: reason }];
  await using folder = await temporaryFolder(bench.folder, `${name}-`);
  const { path, zip } = await smallZip(folder.path);
  await using platform = await startPlatform(bench, SLOTS);
  const command = await sandboxCommand(platform.tinyFolder);
  await using celery = await startCelery(bench, platform, { command, zip: path, slots: SLOTS, connections: CONNECTIONS });

  const roles = rolesOf(platform, celery);
  const ours = (count: number) =>
    timed(bench, { roles, count, done: () => countSucceeded(platform.db), send: () => postAll(platform, zip, count) });
  const other = (count: number) => timed(bench, { roles, count, done: () => celery.done(), send: async () => celery.send(count) });
  for (const side of [ours, other]) await side(WARM_UP_TASKS);
  const measured = await interleave(bench, COUNTS, { ours: () => ours(TASKS), other: () => other(TASKS) });
  const [mine, theirs] = [measured.ours, measured.other].map((each) => summarise(each.map(({ tasksPerSecond }) => tasksPerSecond)));
  if (mine === undefined || theirs === undefined) throw new Error('one side is missing');
  const notes = [
    ...PROMISES,
    `processor time of a task, ours: ${shares(measured.ours, ['relay', 'private API', 'consumer', 'bench', 'postgres', 'beam.smp'])}.`,
    `processor time of a task, Celery ${version}: ${shares(measured.other, ['Celery worker', 'Celery client', 'postgres', 'beam.smp'])}.`,
  ];
  return [compare('ratio', { name, what, unit: 'tasks/s', ours: mine, other: theirs, notes }, { atLeast: RATIO_MIN })];
}

function rolesOf({ services }: Platform, { worker, client }: Celery): ReadonlyMap<number, string> {
  return new Map([
    [services.relay.pid, 'relay'],
    [services.privateApi.pid, 'private API'],
    [services.consumer.pid, 'consumer'],
    [worker.pid ?? 0, 'Celery worker'],
    [client.pid ?? 0, 'Celery client'],
  ]);
}

type Work = {
  readonly roles: ReadonlyMap<number, string>;
  readonly count: number;
  readonly send: () => Promise<void>;
  readonly done: () => Promise<number>;
};

async function timed({ signal }: Bench, { roles, count, send, done }: Work): Promise<Measured> {
  const wanted = (await done()) + count;
  const before = await processorTime(roles);
  const begin = performance.now();
  await send();
  while ((await done()) < wanted) {
    if (performance.now() - begin > ROUND_LIMIT_MS) throw new Error(`${count} tasks took longer than ${ROUND_LIMIT_MS / MS_PER_SECOND} s`);
    await pause(POLL_MS, undefined, { signal });
  }
  const seconds = (performance.now() - begin) / MS_PER_SECOND;
  return { tasksPerSecond: count / seconds, used: usedBetween(before, await processorTime(roles)) };
}

async function postAll({ client }: Platform, zip: Buffer, count: number): Promise<void> {
  let left = count;
  const post = async () => {
    while (left-- > 0) await client.post(`/api/tasks/?model_human_readable_id=${TINY_MODEL}`, { zip });
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, post));
}

async function countSucceeded(db: Database): Promise<number> {
  const [row] = await db.$queryRaw<{ count: number }[]>`SELECT count(*)::int AS count FROM task WHERE state = 'succeeded'`;
  return row?.count ?? 0;
}

/** Milliseconds of processor time per task: all of it, and whose it is. */
function shares(measured: readonly Measured[], roles: readonly string[]): string {
  const ms = (role: string) => summarise(measured.map(({ used }) => ((used.get(role) ?? 0) * MS_PER_SECOND) / TASKS)).median;
  const known = roles.map((role) => [NAMES[role] ?? role, ms(role)] as const);
  const rest = ms('machine') - known.reduce((sum, [, each]) => sum + each, 0);
  const parts = [...known, ['models in their sandboxes, and the rest of the machine', rest] as const];
  return `${ms('machine').toFixed(1)} ms (${parts.map(([role, each]) => `${role} ${each.toFixed(1)}`).join(', ')})`;
}

const NAMES: Readonly<Record<string, string>> = { bench: 'client', postgres: 'Postgres', 'beam.smp': 'RabbitMQ' };
