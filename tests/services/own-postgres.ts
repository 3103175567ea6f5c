import { type Connection, type EmbeddedPostgres, startEmbeddedPostgres } from '@inference/database';
import { testFolder } from '@inference/testing';
import { onTestFinished } from 'vitest';

/** A Postgres of the running test's own, which it stops and starts; its database is empty. */
export type OwnPostgres = { readonly connection: Connection; stop(): Promise<void>; start(): Promise<void> };

export async function ownPostgres(): Promise<OwnPostgres> {
  const folder = await testFolder();
  let server: EmbeddedPostgres = await startEmbeddedPostgres(folder);
  onTestFinished(async () => {
    await server.stop();
    await server.remove();
  });
  return {
    connection: server.connection,
    stop: () => server.stop(),
    start: async () => {
      server = await startEmbeddedPostgres(folder);
    },
  };
}
