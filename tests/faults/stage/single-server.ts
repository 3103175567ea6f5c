import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '@inference/database';
import { freePorts } from '@inference/testing';
import { Client } from './client.ts';
import { writeEchoModel } from './echo-model.ts';
import { Service } from './service.ts';

/** The server in one process on a folder of its own, which runs and is ready. */
export type SingleServer = AsyncDisposable & {
  readonly server: Service;
  readonly client: Client;
  /** Its embedded database, while it runs. */
  readonly connection: Connection;
  /** Another server on the same folder, which is not started yet. */
  another(): Promise<Service>;
};

export async function singleServer(): Promise<SingleServer> {
  const folder = await mkdtemp(join(tmpdir(), 'inference-faults-'));
  // The database's own account must be able to pass through.
  await chmod(folder, 0o711);
  const models = join(folder, 'models');
  await writeEchoModel(models);
  const data = join(folder, 'data');
  const adminKey = randomBytes(32).toString('base64url');
  const settings = { ADMIN_KEY: adminKey, MODELS_DIR: models, XDG_STATE_HOME: join(folder, 'state'), FREE_DISK_BYTES_MIN: '0' };
  const another = async () => {
    const [port = 0] = await freePorts(1);
    return new Service('standalone', { port, settings, args: ['--port', String(port), '--data-dir', data] });
  };
  const server = await another();
  await server.start().ready();
  return {
    server,
    another,
    client: new Client(server.url, adminKey),
    connection: { host: join(data, 'postgres', 'run'), port: 5432, user: 'inference', database: 'postgres' },
    [Symbol.asyncDispose]: async () => {
      if (server.runs) await server.kill('SIGTERM');
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
