import { testDatabase } from '@inference/testing';
import { describe, expect, it } from 'vitest';

describe('connect', () => {
  it('has a session plan a statement once, and run the plan with other values', async () => {
    const { db } = await testDatabase();
    const ask = (number: number) => db.$queryRaw<{ twice: number }[]>`SELECT 2 * ${number}::int AS twice`;
    expect([await ask(1), await ask(2), await ask(3)]).toEqual([[{ twice: 2 }], [{ twice: 4 }], [{ twice: 6 }]]);
    const planned = await db.$queryRaw`
      SELECT (generic_plans + custom_plans)::int AS runs FROM pg_prepared_statements WHERE statement LIKE '%AS twice'`;
    expect(planned).toEqual([{ runs: 3 }]);
  });

  it('does not gather plans without end where the text of statements varies', async () => {
    const { db } = await testDatabase();
    for (let number = 0; number < 300; number++) await db.$queryRawUnsafe(`SELECT ${number} AS varied`);
    const [kept] = await db.$queryRaw<{ count: number }[]>`
      SELECT count(*)::int AS count FROM pg_prepared_statements WHERE statement LIKE '%AS varied'`;
    expect(kept?.count).toBe(200);
    expect(await db.$queryRawUnsafe('SELECT 299 AS varied')).toEqual([{ varied: 299 }]);
  });
});
