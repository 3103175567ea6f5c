import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Connection } from '@inference/database';
import { DEBIAN_POSTGRES, freePorts, testFolder, until } from '@inference/testing';
import { onTestFinished } from 'vitest';

const run = promisify(execFile);
/** The account of Debian's package: Postgres refuses to run as root. */
const ACCOUNT = 'postgres';

/** A Postgres server with the tools to dump and restore it, which the embedded one does not come with. */
export type DebianPostgres = {
  readonly url: string;
  readonly connection: Connection;
  /** What its tools need in their environment. */
  readonly environment: Readonly<Record<string, string>>;
};

/** Starts Debian's Postgres for the running test, on a port of loopback, with an empty database as docker-compose.yaml makes it. */
export async function debianPostgres(): Promise<DebianPostgres> {
  const home = join(await testFolder(), 'postgres');
  const data = join(home, 'data');
  const who = await account();
  await mkdir(home);
  if (who !== null) await chown(home, who.uid, who.gid);
  const program = (name: string) => join(DEBIAN_POSTGRES ?? '', name);
  const options = { cwd: home, ...who };
  await run(program('initdb'), ['-D', data, '-U', 'inference', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'], options);
  const [port = 0] = await freePorts(1);
  const settings = ['-p', String(port), '-c', `unix_socket_directories=${home}`, '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'];
  const server = spawn(program('postgres'), ['-D', data, ...settings], { stdio: 'ignore', ...options });
  onTestFinished(async () => {
    const gone = once(server, 'exit');
    server.kill('SIGINT');
    await gone;
  });
  const environment = { PGHOST: '127.0.0.1', PGPORT: String(port), PATH: `${DEBIAN_POSTGRES}:${process.env['PATH']}` };
  await until('Postgres to start', () =>
    run('createdb', ['-U', 'inference', 'inference'], { env: environment }).then(
      () => true,
      () => false,
    ),
  );
  const connection = { host: '127.0.0.1', port, user: 'inference', database: 'inference' };
  return { url: `postgres://inference@127.0.0.1:${port}/inference`, connection, environment };
}

async function account(): Promise<{ uid: number; gid: number } | null> {
  if (process.getuid?.() !== 0) return null;
  const [uid, gid] = await Promise.all(['-u', '-g'].map(async (option) => Number((await run('id', [option, ACCOUNT])).stdout)));
  return { uid: Number(uid), gid: Number(gid) };
}
