// What clients see while the database is away, and that nobody has to do anything once it is back.

import { until } from '@inference/testing';
import { describe, expect, it, vi } from 'vitest';
import { installation } from './installation.ts';
import { ownPostgres } from './own-postgres.ts';

vi.setConfig({ testTimeout: 120_000 });

async function stateOf(url: string, component: string) {
  const answer = await fetch(`${url}/readyz?verbose`, { headers: { connection: 'close' } });
  const { components } = (await answer.json()) as { components: { name: string; state: string }[] };
  return { status: answer.status, state: components.find(({ name }) => name === component)?.state };
}

describe('a private API whose database is away', () => {
  it('waits for it at its start, and answers 503 meanwhile', async () => {
    const database = await ownPostgres();
    await database.stop();
    const own = await installation({ connection: database.connection });
    const api = own.start('private-api');
    const url = await api.url();
    await until('it to wait', () => api.output().includes('waiting for the database'));
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(503);
    const refused = await fetch(`${url}/api/models/`);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
    await database.start();
    await api.ready();
  });

  it('answers 503 while it is gone, and serves again by itself when it is back', async () => {
    const database = await ownPostgres();
    const own = await installation({ connection: database.connection });
    const api = own.start('private-api');
    const url = await api.ready();
    const relayUrl = await own.start('public-api', url).ready();
    await own.serveModel('word-count');
    await own.postTask(relayUrl, 'word-count', { 'a.txt': 'before' });

    await database.stop();
    const headers = { authorization: `Bearer ${own.adminKey}` };
    for (const address of [url, relayUrl]) {
      const refused = await fetch(`${address}/api/models/`, { headers });
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5']);
      expect(await refused.json()).toEqual({ detail: expect.stringContaining('try again'), code: 'unavailable' });
    }
    await expect(own.postTask(relayUrl, 'word-count', { 'a.txt': 'meanwhile' })).rejects.toThrow(/^503 /);
    // A service looks at its components once a second, so its answer may still be that of the second before.
    await until('the private API to notice', async () => (await stateOf(url, 'database')).state === 'failed');
    expect((await stateOf(url, 'database')).status).toBe(503);
    // The relay can do its own work: the answers above come through it.
    expect(await stateOf(relayUrl, 'private-api')).toEqual({ status: 200, state: 'ok' });

    await database.start();
    await api.ready();
    const uid = await own.postTask(relayUrl, 'word-count', { 'a.txt': 'after' });
    expect((await fetch(`${relayUrl}/api/tasks/${uid}`, { headers })).status).toBe(551);
    expect(api.output()).not.toContain('a fault that nobody handled');
  });
});
