import type { Scope } from '@inference/contracts';
import { until } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { prefixOf } from './keys/key-text.ts';
import { keepLive } from './services/keep-live.ts';
import { revokeKey } from './services/revoke-key.ts';
import { follow } from './testing/follow.ts';
import { givenKey } from './testing/given-key.ts';
import { servePrivateApi } from './testing/serve-private-api.ts';
import { claimed, givenModel, givenTask, TESTER, testDeps } from './testing/test-deps.ts';
import { ADMIN_KEY } from './testing/v1-client.ts';
import { ACCESS_LOOK_MS } from './while-allowed.ts';

/** A running task, and who follows it at a private API whose time stands still. Nobody tells that API of a change of a key. */
async function setup() {
  const deps = await testDeps({ adminKey: ADMIN_KEY });
  await givenModel(deps);
  const uid = await givenTask(deps);
  const attempt = await claimed(deps);
  const { url } = await servePrivateApi(deps);
  let offset = 0;
  const print = async (text: string) => {
    await keepLive(deps, attempt, { pieces: [{ stream: 'stdout', offset, text, open: false }], progress: null });
    offset += text.length;
  };
  const followed = async (key: string) => {
    const client = await follow(url, uid, { headers: { authorization: `Bearer ${key}` } });
    await until('the state', () => client.named('state').length > 0);
    return client;
  };
  const keyOf = (scopes: readonly Scope[] = ['read']) => givenKey(deps, TESTER.owner, scopes);
  return { deps, url, uid, print, followed, keyOf };
}

describe('an event stream', () => {
  it('ends once its key was revoked, also on a private API that was not told of it, and other streams go on', async () => {
    const { deps, url, uid, print, followed, keyOf } = await setup();
    const key = await keyOf();
    const [theirs, others] = [await followed(key), await followed(await keyOf())];
    await revokeKey(deps, TESTER, prefixOf(key) ?? '');
    deps.clock.advance(ACCESS_LOOK_MS);
    await until('the end of the stream', theirs.isOver);
    expect(theirs.heard.at(-1)).toMatchObject({ event: 'gap', data: { reason: expect.stringContaining('revoked') } });
    expect((await follow(url, uid, { headers: { authorization: `Bearer ${key}` } })).status).toBe(401);
    await print('more\n');
    await until('what the others hear', () => others.log() === 'more\n');
    expect([others.isOver(), theirs.log()]).toEqual([false, '']);
  });

  it('ends once its key has expired or lost the scope, or its secret was replaced', async () => {
    const { deps, followed, keyOf } = await setup();
    const changes = [
      (prefix: string) => deps.db.$executeRaw`UPDATE api_key SET expires_at = now() WHERE prefix = ${prefix}`,
      (prefix: string) => deps.db.$executeRaw`UPDATE api_key SET scopes = '{submit}' WHERE prefix = ${prefix}`,
      (prefix: string) => deps.db.$executeRaw`UPDATE api_key SET sha256 = repeat('0', 64) WHERE prefix = ${prefix}`,
    ];
    for (const change of changes) {
      const key = await keyOf();
      const client = await followed(key);
      await change(prefixOf(key) ?? '');
      deps.clock.advance(ACCESS_LOOK_MS);
      await until('the end of the stream', client.isOver);
      expect(client.heard.at(-1)?.event).toBe('gap');
    }
  });

  it('goes on while the database cannot say whether its key is good, and under a key of the settings', async () => {
    const { deps, print, followed, keyOf } = await setup();
    const clients = [await followed(await keyOf()), await followed(ADMIN_KEY)];
    const ask = deps.db.$queryRaw.bind(deps.db);
    let refused = 0;
    Object.assign(deps.db, {
      $queryRaw: (strings: TemplateStringsArray, ...values: unknown[]) => {
        if (!strings.join('').includes('FROM api_key')) return ask(strings, ...values);
        refused += 1;
        return Promise.reject(new Error('the database is away'));
      },
    });
    await until('some looks', () => {
      deps.clock.advance(ACCESS_LOOK_MS);
      return refused >= 3;
    });
    await print('still\n');
    await until('what both hear', () => clients.every((client) => client.log() === 'still\n'));
    expect(clients.map((client) => client.isOver())).toEqual([false, false]);
  });
});
