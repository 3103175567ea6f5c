import { until } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { testDeps } from '../testing/test-deps.ts';
import { createRefusedKeyNotes } from './note-refused-key.ts';

describe('the notes of refused keys', () => {
  it('are a thousand a minute at most, however many addresses a stranger has', async () => {
    const deps = await testDeps();
    const note = createRefusedKeyNotes(deps);
    const count = async () => (await deps.db.$queryRaw<{ count: number }[]>`SELECT count(*)::int AS count FROM audit`)[0]?.count;
    const send = () => {
      for (let n = 0; n < 1_500; n++) note({ from: `2001:db8::${n}`, requestId: null, prefix: null });
    };
    send();
    send();
    await until('the notes of the first minute', async () => (await count()) === 1_000);
    deps.clock.advance(60_000);
    note({ from: '192.0.2.1', requestId: null, prefix: null });
    await until('a note of the next', async () => ((await count()) ?? 0) > 1_000);
    expect(await count()).toBe(1_001);
  });
});
