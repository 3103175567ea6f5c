import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, lchown, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { Connection } from './connect.ts';
import { NOBODY_UID } from './postgres-account.ts';
import { findPlace, type PostgresPlace } from './postgres-place.ts';

/** How long the database may take to start or to stop, in milliseconds. A recovery after a crash is part of the start. */
const START_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 30_000;
const POLL_MS = 15;
/** What is kept of the database's own messages for an error text, in characters. */
const MESSAGES_CHARS_MAX = 8_000;
/** Any number will do: the server listens on a unix socket only, whose name carries it. */
const PORT = 5432;
const SUPERUSER = 'inference';

/** A database server of our own, running beside this process. */
export type EmbeddedPostgres = {
  readonly connection: Connection;
  /** For the banner, when it lies elsewhere than in the data folder; else empty. */
  readonly notice: string;
  /** Resolves when the server ended without having been told to. */
  readonly died: Promise<string>;
  stop(): Promise<void>;
  /** Deletes the database's files, wherever they lie; for temporary databases, after `stop`. */
  remove(): Promise<void>;
};

/**
 * Starts a Postgres server whose files lie in the data folder, making them at the first start. It listens on a unix socket in a
 * folder that only its owner can enter, so it needs no port and no password. A server that a killed process of ours left
 * running is stopped first.
 */
export async function startEmbeddedPostgres(dataFolder: string): Promise<EmbeddedPostgres> {
  const place = await findPlace(dataFolder);
  if (!existsSync(join(place.data, 'PG_VERSION'))) await initialise(place);
  await stopLeftOver(place);
  await writeFile(join(place.data, 'pg_hba.conf'), 'local all all trust\n');
  const server = run(place, 'postgres', ['-D', place.data, '-k', place.sockets, '-p', String(PORT), '-c', 'listen_addresses=']);
  const connection: Connection = { host: place.sockets, port: PORT, user: SUPERUSER, database: 'postgres' };
  await ready(connection, server);

  let stopping = false;
  const died = new Promise<string>((resolve) => {
    server.child.once('exit', () => {
      if (!stopping) resolve(server.messages());
    });
  });
  return {
    connection,
    notice: place.notice,
    died,
    stop: async () => {
      stopping = true;
      server.child.kill('SIGINT');
      await exited(server.child, STOP_TIMEOUT_MS);
    },
    remove: async () => {
      for (const folder of [place.home, place.sockets]) await rm(folder, { recursive: true, force: true });
    },
  };
}

async function initialise(place: PostgresPlace): Promise<void> {
  // Made under another name: a first start that was cut off leaves nothing that a later one takes for a database.
  const partial = `${place.data}.partial`;
  await rm(partial, { recursive: true, force: true });
  // initdb, unlike the server, looks its uid up among the accounts, and ours has none.
  const uid = place.uid === null ? null : NOBODY_UID;
  if (uid !== null) await chown(place.home, uid, uid);
  const made = run({ ...place, uid }, 'initdb', [
    '-D',
    partial,
    '-U',
    SUPERUSER,
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--locale=C',
    '--no-instructions',
  ]);
  const code = await new Promise<number | null>((resolve) => made.child.once('exit', resolve));
  if (code !== 0) throw new Error(`The database could not be made: ${made.messages()}`);
  if (place.uid !== null) await chownAll(place.home, place.uid);
  await rename(partial, place.data);
}

async function chownAll(folder: string, uid: number): Promise<void> {
  await chown(folder, uid, uid);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    await lchown(join(entry.parentPath, entry.name), uid, uid);
}

async function stopLeftOver(place: PostgresPlace): Promise<void> {
  const file = join(place.data, 'postmaster.pid');
  const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1) return;
  // The pid may belong to something else by now: only a process that runs our postgres on this folder is ours.
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  if (!command.includes(place.data)) return;
  process.kill(pid, 'SIGINT');
  const deadline = performance.now() + STOP_TIMEOUT_MS;
  while (existsSync(`/proc/${pid}`) && existsSync(file)) {
    if (performance.now() > deadline)
      throw new Error(`A database server of an earlier start (pid ${pid}) does not stop: end it, then try again.`);
    await pause(POLL_MS);
  }
}

type Server = { child: ChildProcess; messages: () => string };

function run(place: PostgresPlace, program: string, args: string[]): Server {
  const { uid } = place;
  const path = join(place.programs, 'bin', program);
  // setpriv makes the server end with this process even when that is killed; without it, the next start cleans up.
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((candidate) => existsSync(candidate));
  const drop = uid === null ? [] : [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
  const [command, rest] = setpriv === undefined ? [path, args] : [setpriv, [...drop, '--pdeathsig=INT', path, ...args]];
  const child = spawn(command, rest, {
    cwd: '/',
    // Its own process group: Ctrl-C in a terminal must reach us, and the database only after us.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', LD_LIBRARY_PATH: join(place.programs, 'lib') },
    ...(setpriv === undefined && uid !== null ? { uid, gid: uid } : {}),
  });
  let messages = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      messages = (messages + text).slice(-MESSAGES_CHARS_MAX);
    });
  }
  child.on('error', (error) => {
    messages += error.message;
  });
  return { child, messages: () => messages.trim() };
}

async function ready(connection: Connection, server: Server): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    if (server.child.exitCode !== null || server.child.signalCode !== null)
      throw new Error(`The database did not start: ${server.messages()}`);
    const client = new pg.Client(connection);
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw new Error(`The database did not start in time: ${server.messages()}`, { cause: error });
      await pause(POLL_MS);
    }
  }
}

async function exited(child: ChildProcess, timeoutMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
