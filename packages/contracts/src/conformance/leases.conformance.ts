import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { newId, type Outcome } from '@inference/domain';
import { testFolder, until } from '@inference/testing';
import { expect, it } from 'vitest';
import type { ControlPlane, RenewReply } from '../control-plane.ts';
import type { Lease } from '../lease.ts';
import { NEVER, NO_TAILS, type OpenHarness, piece, put, report, withTask } from '../testing/control-plane-harness.ts';

const EVERY_MS = 20;
const FAULT: Outcome = { kind: 'fail', failure: { class: 'infrastructure', reason: 'the disk broke' } };
const MODEL_ERROR: Outcome = { kind: 'fail', failure: { class: 'model_error', reason: 'exit code 3', exitCode: 3 } };

/** What renewals are answered, and that a lease which is over changes nothing. */
export function leaseConformance(open: OpenHarness): void {
  it('answers renewals: go on, stop once the user has cancelled, stale once the attempt is over', async () => {
    const { control, claimed, cancel, uid, rows } = await withTask(open);
    const attempt = await claimed();
    const heard: RenewReply[] = [];
    const letGo = control.keepLease(attempt, { everyMs: EVERY_MS, onReply: (reply) => heard.push(reply) });
    await until('signs of life', async () => ((await rows(uid)).attempts[0]?.heartbeat ?? 0) > 2);
    expect(new Set(heard)).toEqual(new Set(['continue']));
    await cancel(uid);
    await until('the stop', () => heard.includes('stop'));
    await control.report(attempt, { kind: 'fail', failure: { class: 'cancelled', reason: 'cancelled' } }, NO_TAILS);
    await until('the end', () => heard.includes('stale'));
    const count = heard.length;
    letGo();
    expect((await rows(uid)).state).toBe('cancelled');
    expect(heard.slice(count)).toEqual([]);
  });

  it('hears of a cancel at once, long before the next renewal', async () => {
    const { control, claimed, cancel, uid } = await withTask(open);
    const heard: RenewReply[] = [];
    const letGo = control.keepLease(await claimed(), { everyMs: 600_000, onReply: (reply) => heard.push(reply) });
    await cancel(uid);
    await until('the stop', () => heard.length > 0);
    letGo();
    expect(heard).toEqual(['stop']);
  });

  it('renews nothing any more once the lease was let go', async () => {
    const { control, claimed, givenTask, uid, rows } = await withTask(open);
    const other = await givenTask();
    const letGo = control.keepLease(await claimed(), { everyMs: EVERY_MS, onReply: () => {} });
    const beats = async (of: string) => (await rows(of)).attempts[0]?.heartbeat ?? 0;
    await until('a sign of life', async () => (await beats(uid)) > 0);
    letGo();
    control.keepLease(await claimed(), { everyMs: EVERY_MS, onReply: () => {} });
    await until('signs of life of the other', async () => (await beats(other.uid)) > 1);
    const before = await beats(uid);
    const seen = await beats(other.uid);
    await until('more of them', async () => (await beats(other.uid)) > seen + 3);
    expect(await beats(uid)).toBe(before);
  });

  it.each(['a wrong token', 'an older attempt'])('changes nothing for %s, and says that it is stale', async (what) => {
    const { control, claimed, uid, rows, countFiles } = await withTask(open);
    const first = await claimed();
    if (what === 'an older attempt') {
      await control.report(first, FAULT, NO_TAILS);
      await claimed();
    }
    const stale = what === 'a wrong token' ? { ...first, token: newId() } : first;
    const before = await rows(uid);
    const folder = await testFolder();
    await expect(control.fetchInput(stale, join(folder, 'i'), NEVER)).rejects.toMatchObject({ code: 'stale' });
    await expect(control.fetchModelZip(stale, join(folder, 'm'), NEVER)).rejects.toMatchObject({ code: 'stale' });
    await expect(control.pinImage(stale, 'other', NEVER)).rejects.toMatchObject({ code: 'stale' });
    await expect(control.tellLive(stale, { pieces: [piece('stdout', 0, 'hello')], progress: null })).rejects.toMatchObject({
      code: 'stale',
    });
    await expect(control.findLogEnds(stale)).rejects.toMatchObject({ code: 'stale' });
    await expect(put(control, stale)).rejects.toMatchObject({ code: 'stale' });
    expect(await control.report(stale, MODEL_ERROR, NO_TAILS)).toBe('stale');
    const output = { key: `outputs/${uid}.1.${'0'.repeat(64)}.zip`, bytes: 1, sha256: '0'.repeat(64) };
    expect(await report(control, stale, output)).toBe('stale');
    expect(await firstReply(control, stale)).toBe('stale');
    expect(await rows(uid)).toEqual(before);
    expect([await countFiles(), await readdir(folder)]).toEqual([0, []]);
  });
}

async function firstReply(control: ControlPlane, lease: Lease): Promise<RenewReply> {
  const { promise, resolve } = Promise.withResolvers<RenewReply>();
  const letGo = control.keepLease(lease, { everyMs: EVERY_MS, onReply: resolve });
  try {
    return await promise;
  } finally {
    letGo();
  }
}
