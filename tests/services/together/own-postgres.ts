import { type Connection, connect, type Database, type EmbeddedPostgres, startEmbeddedPostgres } from '@inference/database';
import { testFolder } from '@inference/testing';
import { onTestFinished } from 'vitest';

/** A Postgres of the running test's own, that can be stopped and started; its database is empty. */
export type OwnPostgres = {
  readonly db: Database;
  readonly connection: Connection;
  stop(): Promise<void>;
  start(): Promise<void>;
};

export async function ownPostgres(): Promise<OwnPostgres> {
  const folder = await testFolder();
  let server: EmbeddedPostgres | null = await startEmbeddedPostgres(folder);
  const { connection } = server;
  const db = connect(connection);
  onTestFinished(async () => {
    await db.$disconnect();
    const last = server ?? (await startEmbeddedPostgres(folder));
    await last.stop();
    await last.remove();
  });
  return {
    db,
    connection,
    stop: async () => {
      await server?.stop();
      server = null;
    },
    start: async () => {
      server ??= await startEmbeddedPostgres(folder);
    },
  };
}
