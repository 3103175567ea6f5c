import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type Database, Prisma } from '@inference/database';
import type { Bench } from './bench.ts';
import { readyLine, stopChild } from './child-process.ts';
import { runCommand } from './run-command.ts';
import { INPUT_PLACE, OUTPUT_PLACE, type SandboxCommand } from './sandbox-command.ts';
import type { Platform } from './start-platform.ts';
import { temporaryFolder } from './temporary-folder.ts';

const PROGRAMS = join(import.meta.dirname, 'celery');
/** Debian's own: its packages are not seen by others. */
const PYTHON = '/usr/bin/python3';
const DATABASE = 'celery';

export type CeleryOptions = {
  readonly command: SandboxCommand;
  /** The input of every task. */
  readonly zip: string;
  readonly slots: number;
  /** Over so many connections tasks are sent. */
  readonly connections: number;
};

/** A Celery worker and a client, on the same RabbitMQ and the same Postgres server as the platform. */
export type Celery = AsyncDisposable & {
  readonly worker: ChildProcess;
  readonly client: ChildProcess;
  /** Sends so many tasks; does not wait for them. */
  send(count: number): void;
  /** How many tasks have their row. */
  done(): Promise<number>;
};

/** The version of Debian's Celery, or null where it or psycopg2 is not installed. */
export async function celeryVersion(): Promise<string | null> {
  return await runCommand(PYTHON, ['-c', 'import celery, psycopg2; print(celery.__version__)']).catch(() => null);
}

/** Starts a worker with so many processes, and the client. */
export async function startCelery({ folder, signal }: Bench, platform: Platform, options: CeleryOptions): Promise<Celery> {
  await using resources = new AsyncDisposableStack();
  const { path: root } = resources.use(await temporaryFolder(folder, 'celery-'));
  const { socketFolder, port, user } = platform.postgres;
  await platform.db.$executeRaw`CREATE DATABASE ${Prisma.raw(DATABASE)}`;
  const db = connect({ host: socketFolder, port, user, database: DATABASE });
  resources.defer(() => db.$disconnect());
  await db.$executeRaw`CREATE TABLE done (
    id serial PRIMARY KEY, name text NOT NULL UNIQUE, sha256 text NOT NULL, bytes bigint NOT NULL, at timestamptz NOT NULL DEFAULT now())`;
  const folders = { inputs: join(root, 'inputs'), outputs: join(root, 'outputs'), work: join(root, 'work') };
  for (const each of Object.values(folders)) await mkdir(each);
  const settings = {
    ...folders,
    ...options,
    rabbitUrl: platform.rabbitUrl,
    database: `host=${socketFolder} port=${port} user=${user} dbname=${DATABASE}`,
    inputPlace: INPUT_PLACE,
    outputPlace: OUTPUT_PLACE,
  };
  const path = join(root, 'settings.json');
  await writeFile(path, JSON.stringify(settings), { mode: 0o600 });

  const flags = [
    '--pool',
    'prefork',
    '--concurrency',
    String(options.slots),
    '--without-gossip',
    '--without-mingle',
    '--without-heartbeat',
  ];
  const worker = start(path, ['-m', 'celery', '-A', 'run_model', 'worker', '--loglevel', 'WARNING', ...flags]);
  resources.defer(() => stopChild(worker));
  const client = start(path, ['send_tasks.py']);
  resources.defer(() => stopChild(client));
  await readyLine(client, /(ready)/, signal);
  const kept = resources.move();
  return {
    worker,
    client,
    send: (count) => void client.stdin?.write(`${count}\n`),
    done: () => countRows(db),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function start(settings: string, args: readonly string[]): ChildProcess {
  const env = { PATH: process.env['PATH'], BENCH_SETTINGS: settings, PYTHONDONTWRITEBYTECODE: '1', LC_ALL: 'C.UTF-8' };
  return spawn(PYTHON, args, { cwd: PROGRAMS, env, stdio: ['pipe', 'pipe', 'inherit'] });
}

async function countRows(db: Database): Promise<number> {
  const [row] = await db.$queryRaw<{ count: number }[]>`SELECT count(*)::int AS count FROM done`;
  return row?.count ?? 0;
}
