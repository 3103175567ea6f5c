import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Connection, migrate, startEmbeddedPostgres } from '@inference/database';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { offerRabbitMq } from './offer-rabbitmq.ts';

/** The database that tests are cloned from; every migration is in it. */
export const TEMPLATE = 'template_migrated';

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: Connection;
    /** Who connects to this socket is told the address of a RabbitMQ, which is started for the first to ask. */
    rabbitMqSocket: string;
  }
}

let cleanUp = async (): Promise<void> => {};

/** Starts one real Postgres server for the whole test run, with the migrated template in it, and offers one RabbitMQ. */
export async function setup(project: TestProject): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'inference-tests-'));
  // The server's own uid must be able to pass through.
  await chmod(folder, 0o711);
  const postgres = await startEmbeddedPostgres(folder);
  const admin = new pg.Client(postgres.connection);
  await admin.connect();
  await admin.query(`CREATE DATABASE ${TEMPLATE}`);
  await admin.end();
  await migrate({ ...postgres.connection, database: TEMPLATE }, join(import.meta.dirname, '..', '..', '..', 'prisma', 'migrations'));
  project.provide('postgres', postgres.connection);
  const rabbitMq = await offerRabbitMq(join(folder, 'rabbitmq.sock'));
  project.provide('rabbitMqSocket', rabbitMq.socket);
  cleanUp = async () => {
    await rabbitMq.close();
    await postgres.stop();
    await postgres.remove();
    await rm(folder, { recursive: true, force: true });
  };
}

export async function teardown(): Promise<void> {
  await cleanUp();
}
