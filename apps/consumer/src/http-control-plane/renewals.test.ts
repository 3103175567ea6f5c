import type { RenewReply } from '@inference/contracts';
import { FakeClock, until } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import type { FromWorker } from './renew-messages.ts';
import { Renewals, SILENT_MAX_MS } from './renewals.ts';

const EVERY_MS = 10_000;
const LEASE = { taskUid: 't', attempt: 1, token: 'x' };

function setup(replies: (RenewReply | Error)[]) {
  const clock = new FakeClock();
  const told: FromWorker[] = [];
  let count = 0;
  const renew = async () => {
    const reply = replies[count++] ?? 'continue';
    if (reply instanceof Error) throw reply;
    return reply;
  };
  const renewals = new Renewals(renew, clock, (message) => told.push(message));
  renewals.keep(7, LEASE, { everyMs: EVERY_MS });
  /** Lets time pass, and what was begun come to its end. */
  const pass = async (ms: number) => {
    clock.advance(ms);
    await new Promise(setImmediate);
  };
  return { renewals, told, pass, count: () => count };
}

describe('renewals', () => {
  it('come at the pace that was asked for, and are told', async () => {
    const { pass, told, count } = setup([]);
    await pass(EVERY_MS - 1);
    expect(count()).toBe(0);
    for (const ms of [1, EVERY_MS, EVERY_MS]) await pass(ms);
    expect(told).toEqual(Array.from({ length: 3 }, () => ({ kind: 'reply', id: 7, reply: 'continue' })));
  });

  it('that fail are repeated every second, and told once', async () => {
    const { pass, told, count } = setup([new Error('away'), new Error('away'), 'continue', 'continue']);
    for (const ms of [EVERY_MS, 1_000, 1_000]) await pass(ms);
    expect(count()).toBe(3);
    expect(told.map(({ kind }) => kind)).toEqual(['failing', 'works_again', 'reply']);
    await pass(1_000);
    expect(count()).toBe(3);
  });

  it('end with the lease', async () => {
    const { pass, told, count } = setup(['continue', 'stale']);
    for (let turn = 0; turn < 5; turn++) await pass(EVERY_MS);
    expect(count()).toBe(2);
    expect(told.at(-1)).toEqual({ kind: 'reply', id: 7, reply: 'stale' });
  });

  it('end when the lease is dropped, also while one is under way', async () => {
    const { renewals, pass, count } = setup([]);
    await pass(EVERY_MS);
    renewals.drop(7);
    await pass(5 * EVERY_MS);
    expect(count()).toBe(1);
  });

  it('stop when the other thread was silent for too long, and go on when it is heard again', async () => {
    const { renewals, pass, count } = setup([]);
    for (let ms = 0; ms < SILENT_MAX_MS; ms += EVERY_MS) await pass(EVERY_MS);
    const before = count();
    for (let turn = 0; turn < 5; turn++) await pass(EVERY_MS);
    expect(count()).toBe(before);
    renewals.heard();
    await pass(EVERY_MS);
    await until('the renewal', () => count() === before + 1);
  });
});
