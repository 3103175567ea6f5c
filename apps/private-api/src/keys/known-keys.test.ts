import { newId } from '@inference/domain';
import { until } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { createKey } from '../services/create-key.ts';
import { revokeKey } from '../services/revoke-key.ts';
import { rotateKey } from '../services/rotate-key.ts';
import { testDeps } from '../testing/test-deps.ts';
import { newKeyText } from './key-text.ts';
import { createKnownKeys, KEY_REMEMBERED_MS } from './known-keys.ts';

const BY = { owner: 'admin', key: null, requestId: null };
const HOUR_MS = 3_600_000;

async function setup(expiresInMs: number | null = null) {
  const made = await testDeps();
  let reads = 0;
  let down = false;
  const store = new Proxy(made.store, {
    get: (target, name) => {
      if (name !== 'findLiveKey') return Reflect.get(target, name);
      reads += 1;
      return down ? () => Promise.reject(new Error('down')) : target.findLiveKey;
    },
  });
  const expires_at = expiresInMs === null ? null : new Date(Date.now() + expiresInMs).toISOString();
  const wanted = { owner: 'ada', name: 'laptop', scopes: ['read' as const, 'submit' as const], expires_at, limits: { upload_bytes: 9 } };
  const { row, text } = await createKey(made, BY, wanted);
  const keys = createKnownKeys({ ...made, store });
  return {
    ...made,
    keys,
    prefix: row.prefix,
    text,
    readsOf: async (work: () => Promise<unknown>) => {
      const before = reads;
      await work();
      return reads - before;
    },
    setDown: (isDown: boolean) => {
      down = isDown;
    },
    lastUsed: async () => (await made.db.$queryRaw<{ at: Date | null }[]>`SELECT last_used_at AS at FROM api_key`)[0]?.at ?? null,
  };
}

describe('a key that was made here', () => {
  it('is known by its text, with its owner, scopes and limits, and by nothing else', async () => {
    const { keys, text, prefix } = await setup();
    const limits = { requestsPerMinuteMax: null, uploadBytesMax: 9, queuedTasksMax: null, runningTasksMax: null };
    expect(await keys.find(text)).toEqual({ prefix, owner: 'ada', name: 'laptop', scopes: ['read', 'submit'], limits, expiresAt: null });
    const others = [newKeyText(newId, prefix).text, `${text}x`, text.slice(0, -1), text.toUpperCase(), prefix, '', 'isk_'];
    for (const other of others) expect(await keys.find(other), other).toBeNull();
    expect(await keys.find(text)).not.toBeNull();
  });

  it('is stored as a digest only', async () => {
    const { db, text } = await setup();
    const rows = await db.$queryRaw<object[]>`SELECT k.*, a.* FROM api_key k, audit a`;
    expect(rows).toHaveLength(1);
    const secret = text.slice('isk_12345678_'.length);
    expect(JSON.stringify(rows, (_key, value) => (typeof value === 'bigint' ? String(value) : value))).not.toContain(secret);
  });

  it('is asked for once in ten seconds, however many requests come at the same time, good or not', async () => {
    const { keys, text, clock, readsOf } = await setup();
    const wrong = newKeyText(newId).text;
    expect(await readsOf(() => Promise.all(Array.from({ length: 50 }, () => keys.find(text))))).toBe(1);
    expect(await readsOf(() => Promise.all(Array.from({ length: 50 }, () => keys.find(wrong))))).toBe(1);
    clock.advance(KEY_REMEMBERED_MS - 1);
    expect(await readsOf(() => Promise.all([keys.find(text), keys.find(wrong)]))).toBe(0);
    clock.advance(1);
    expect(await readsOf(() => Promise.all([keys.find(text), keys.find(wrong)]))).toBe(2);
  });

  it('stays remembered while strangers send keys without end', async () => {
    const { keys, text, readsOf } = await setup();
    await keys.find(text);
    const strangers = Array.from({ length: 12_000 }, () => newKeyText(newId).text);
    for (let at = 0; at < strangers.length; at += 500) await Promise.all(strangers.slice(at, at + 500).map((key) => keys.find(key)));
    expect(await readsOf(() => keys.find(text))).toBe(0);
  });

  it('is good no longer once it is revoked: here at once when told, elsewhere within ten seconds', async () => {
    const here = await setup();
    const elsewhere = createKnownKeys(here);
    expect(await elsewhere.find(here.text)).not.toBeNull();
    expect(await here.keys.find(here.text)).not.toBeNull();
    await revokeKey(here, BY, here.prefix);
    here.keys.forget(here.prefix);
    expect(await here.keys.find(here.text)).toBeNull();
    here.clock.advance(KEY_REMEMBERED_MS);
    expect(await elsewhere.find(here.text)).toBeNull();
  });

  it('is not remembered from before it was revoked, when the answer of the database comes late', async () => {
    const { keys, text, prefix, ...deps } = await setup();
    const early = keys.find(text);
    keys.forget(prefix);
    await early;
    await revokeKey(deps, BY, prefix);
    expect(await keys.find(text)).toBeNull();
  });

  it('expires to the moment, even while it is remembered', async () => {
    const { keys, text, clock } = await setup(5_000);
    expect(await keys.find(text)).not.toBeNull();
    clock.advance(5_000);
    expect(await keys.find(text)).toBeNull();
  });

  it('has two secrets after a rotation until the grace is over, and never three', async () => {
    const { keys, text, prefix, ...deps } = await setup();
    const { text: second } = await rotateKey(deps, BY, prefix, 5);
    expect(await keys.find(text)).not.toBeNull();
    expect(await keys.find(second)).toMatchObject({ prefix, owner: 'ada' });
    deps.clock.advance(5_000);
    expect(await keys.find(text)).toBeNull();
    expect(await keys.find(second)).not.toBeNull();
    const { text: third } = await rotateKey(deps, BY, prefix, HOUR_MS / 1000);
    keys.forget(prefix);
    expect(await Promise.all([text, second, third].map(async (key) => (await keys.find(key)) !== null))).toEqual([false, true, true]);
    await rotateKey(deps, BY, prefix, 0);
    keys.forget(prefix);
    expect(await keys.find(third)).toBeNull();
  });

  it('has its use noted once a minute, and by no wrong secret', async () => {
    const { keys, text, prefix, db, clock, lastUsed } = await setup();
    await keys.find(newKeyText(newId, prefix).text);
    expect(await lastUsed()).toBeNull();
    await keys.find(text);
    const first = await until('the first use', lastUsed);
    await db.$executeRaw`UPDATE api_key SET last_used_at = last_used_at - interval '50 seconds'`;
    const noted = await lastUsed();
    for (let n = 0; n < 5; n++) {
      clock.advance(KEY_REMEMBERED_MS);
      await keys.find(text);
    }
    expect(await lastUsed()).toEqual(noted);
    await db.$executeRaw`UPDATE api_key SET last_used_at = last_used_at - interval '10 seconds'`;
    clock.advance(KEY_REMEMBERED_MS);
    await keys.find(text);
    expect((await until('the next use', async () => ((await lastUsed()) ?? 0) >= first && lastUsed())) >= first).toBe(true);
  });

  it('is asked for anew after the database was away', async () => {
    const { keys, text, setDown } = await setup();
    setDown(true);
    await expect(keys.find(text)).rejects.toThrow('down');
    setDown(false);
    expect(await keys.find(text)).not.toBeNull();
  });
});
