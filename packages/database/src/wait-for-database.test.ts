import { emptyDatabase, testFolder } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { startEmbeddedPostgres } from './embedded-postgres.ts';
import { waitForDatabase } from './wait-for-database.ts';

describe('waitForDatabase', () => {
  it('returns at once where the database is there', async () => {
    const waits: Error[] = [];
    await waitForDatabase(await emptyDatabase(), { limitMs: 0, onWait: (error) => waits.push(error) });
    expect(waits).toEqual([]);
  });

  it('waits for one that comes later, and says so once', async () => {
    const folder = await testFolder();
    const first = await startEmbeddedPostgres(folder);
    await first.stop();
    const waits: Error[] = [];
    const waited = Promise.withResolvers<void>();
    const ready = waitForDatabase(first.connection, {
      limitMs: 60_000,
      onWait: (error) => {
        waits.push(error);
        waited.resolve();
      },
    });
    await waited.promise;
    const second = await startEmbeddedPostgres(folder);
    await ready;
    expect(waits).toHaveLength(1);
    await second.stop();
    await second.remove();
  });

  it('gives up after its time', async () => {
    const nowhere = { host: '127.0.0.1', port: 1, user: 'nobody', database: 'none' };
    await expect(waitForDatabase(nowhere, { limitMs: 0, onWait: () => {} })).rejects.toThrow('ECONNREFUSED');
  });

  it('does not wait for a database that does not exist on a server that does', async () => {
    const connection = { ...(await emptyDatabase()), database: 'none' };
    const refused = waitForDatabase(connection, { limitMs: 60_000, onWait: () => expect.fail('it waited') });
    await expect(refused).rejects.toThrow('does not exist');
  });
});
