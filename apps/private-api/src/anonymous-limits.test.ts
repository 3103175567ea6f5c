import { zipOf } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { givenKey } from './testing/given-key.ts';
import { servePrivateApi } from './testing/serve-private-api.ts';
import { givenModel, testDeps } from './testing/test-deps.ts';

const ZIP = await zipOf({ 'in.txt': 'hello' });

async function setup(settings = {}) {
  const deps = await testDeps({ legacyAnonymous: true, ...settings });
  await givenModel(deps);
  const { url } = await servePrivateApi(deps);
  const relayed = (from: string) => ({ 'x-relay-token': deps.settings.relayToken, 'x-caller': 'remote', 'x-forwarded-for': from });
  const ask = async (path: string, headers: Record<string, string>, init: RequestInit = {}) => {
    const reply = await fetch(`${url}${path}`, { ...init, headers: { connection: 'close', ...headers } });
    const { detail = '' } = ((await reply.json()) ?? {}) as { detail?: string };
    return { status: reply.status, retryAfter: reply.headers.get('retry-after'), detail };
  };
  const post = (headers: Record<string, string>) => {
    const form = new FormData();
    form.append('zip_file', new Blob([new Uint8Array(ZIP)]), 'in.zip');
    return ask('/api/tasks?model_human_readable_id=echo', headers, { method: 'POST', body: form });
  };
  return { deps, relayed, ask, post };
}

describe('clients without a key', () => {
  it('may make so many requests a minute from one address, and others as many', async () => {
    const { deps, relayed, ask } = await setup({ anonymousRequestsPerMinuteMax: 3 });
    const models = (from: string) => ask('/api/models', relayed(from));
    for (let count = 0; count < 3; count++) expect((await models('203.0.113.9')).status).toBe(200);
    expect(await models('203.0.113.9')).toEqual({
      status: 429,
      retryAfter: '20',
      detail: 'An address without a key may make 3 requests a minute: go on after 20 seconds.',
    });
    expect((await models('203.0.113.10')).status).toBe(200);
    const key = { ...relayed('203.0.113.9'), authorization: `Bearer ${await givenKey(deps, 'ada', ['read'])}` };
    expect((await ask('/api/models', key)).status).toBe(200);
    deps.clock.advance(20_000);
    expect((await models('203.0.113.9')).status).toBe(200);
  });

  it('may have so many tasks waiting, all of them together, and holders of keys as many as theirs allow', async () => {
    const { deps, relayed, post } = await setup({ anonymousQueuedTasksMax: 2 });
    const replies = await Promise.all([1, 2, 3, 4, 5].map((host) => post(relayed(`203.0.113.${host}`))));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 200, 429, 429, 429]);
    expect(await deps.db.task.count()).toBe(2);
    const refused = await post(relayed('203.0.113.9'));
    expect(refused).toMatchObject({ retryAfter: '10', detail: expect.stringContaining('2 tasks of clients without a key wait') });
    const key = { ...relayed('203.0.113.9'), authorization: `Bearer ${await givenKey(deps, 'ada', ['submit'])}` };
    expect((await post(key)).status).toBe(200);
  });
});
