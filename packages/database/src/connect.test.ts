import { createServer, connect as open, type Socket } from 'node:net';
import { join } from 'node:path';
import { testDatabase, testFolder, until } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Connection, connect, type Tx } from './connect.ts';
import { databaseFault } from './database-fault.ts';
import { Prisma } from './generated/client.ts';

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
    for (let number = 0; number < 300; number++) await db.$queryRaw`SELECT ${Prisma.raw(String(number))} AS varied`;
    const [kept] = await db.$queryRaw<{ count: number }[]>`
      SELECT count(*)::int AS count FROM pg_prepared_statements WHERE statement LIKE '%AS varied'`;
    expect(kept?.count).toBe(200);
    expect(await db.$queryRaw`SELECT 299 AS varied`).toEqual([{ varied: 299 }]);
  });

  it('answers written-out SQL alike, whether in a transaction or not', async () => {
    const { db } = await testDatabase();
    const ask = async (tx: Tx) => [
      await tx.$queryRaw`
        SELECT 1::int AS "int", 9007199254740993 AS "bigint", 1.5::float8 AS "float", true AS "boolean", NULL AS "nothing",
               ${'a "b", \\c'} AS "text", ${['x', 'y,z', '"']}::text[] AS "list", ${{ a: [1] }}::jsonb AS "json",
               timestamptz '2026-01-02 03:04:05.678Z' AS "time" WHERE ${'a'} = ANY (${['a', 'b']}) AND ${3} > 2`,
      await tx.$executeRaw`INSERT INTO setting (key, value) VALUES (${crypto.randomUUID()}, 'x'), (${crypto.randomUUID()}, 'y')`,
    ];
    const plain = await ask(db);
    expect(plain).toEqual([[expect.objectContaining({ bigint: 9007199254740993n, list: ['x', 'y,z', '"'], json: { a: [1] } })], 2]);
    expect(await db.$transaction(ask)).toEqual(plain);
  });

  it('says of statements that fail what kind of fault that is, whether in a transaction or not', async () => {
    const { db } = await testDatabase();
    await db.$executeRaw`INSERT INTO setting (key, value) VALUES ('twice', '')`;
    const faults = async (tx: Tx) => {
      const again = tx.$executeRaw`INSERT INTO setting (key, value) VALUES ('twice', '')`;
      return databaseFault(await again.catch((error: unknown) => error));
    };
    expect(await faults(db)).toBe('duplicate');
    expect(await db.$transaction(faults)).toBe('duplicate');
    /** Its text cannot hold values: it is one whole. */
    const raised = (code: string) => {
      const text = [`DO $$ BEGIN RAISE EXCEPTION 'away' USING ERRCODE = '${code}'; END $$`];
      return (tx: Tx) => tx.$executeRaw(Object.assign(text, { raw: text }));
    };
    const wrong = (tx: Tx) => tx.$executeRaw`SELECT nonsense`;
    const faultOf = (asking: Promise<unknown>) => asking.then(String, databaseFault);
    // Shut down; cancelled; no lock in time; a fault of its disk; handed over to another machine.
    for (const code of ['57P01', '57014', '55P03', '58030', '25006'])
      expect([await faultOf(raised(code)(db)), await faultOf(db.$transaction(raised(code)))]).toEqual(['away', 'away']);
    expect([await faultOf(wrong(db)), await faultOf(db.$transaction(wrong))]).toEqual([null, null]);
  });

  it('says of a COMMIT that fails that the database is away, as the transaction may have taken effect', async () => {
    const { db } = await testDatabase();
    await db.$executeRaw`
      CREATE FUNCTION end_session() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$`;
    await db.$executeRaw`
      CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON setting DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION end_session()`;
    const inserted = db.$transaction((tx) => tx.$executeRaw`INSERT INTO setting (key, value) VALUES ('never', '')`);
    expect(await inserted.then(String, databaseFault)).toBe('away');
  });

  it('says of a COMMIT that could not be sent that the database is away', async () => {
    const { connection } = await testDatabase();
    const { folder, cut } = await wireTo(connection);
    const db = connect({ ...connection, host: folder });
    onTestFinished(() => db.$disconnect());
    const inserted = db.$transaction(async (tx) => {
      await tx.$executeRaw`INSERT INTO setting (key, value) VALUES ('never', '')`;
      cut();
    });
    expect(await inserted.catch((error: unknown) => [String(error), databaseFault(error)])).toEqual([
      expect.stringMatching(/EPIPE|ECONNRESET/),
      'away',
    ]);
  });

  it('commits what comes after a transaction whose statement got no answer', async () => {
    const { db: other, connection } = await testDatabase();
    const db = connect(connection, { answerTimeoutMs: 200 });
    onTestFinished(() => db.$disconnect());
    await other.$executeRaw`INSERT INTO setting (key, value) VALUES ('locked', '')`;
    const change = (tx: Tx) => tx.$executeRaw`UPDATE setting SET value = 'changed' WHERE key = 'locked'`;
    await other.$transaction(async (tx) => {
      await change(tx);
      expect(await db.$transaction(change).then(String, databaseFault)).toBe('away');
    });
    const isOver = async () => {
      const waiting = await other.$queryRaw<unknown[]>`
        SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()`;
      return waiting.length === 0;
    };
    await until('the statement to end', isOver);
    await db.$executeRaw`INSERT INTO setting (key, value) VALUES ('after', '')`;
    expect(await other.$queryRaw`SELECT key FROM setting WHERE key = 'after'`).toEqual([{ key: 'after' }]);
  });
});

/** A socket in front of the database for the running test, and what cuts all connections over it at once. */
async function wireTo({ host, port }: Connection): Promise<{ folder: string; cut: () => void }> {
  const [folder, name] = [await testFolder(), `.s.PGSQL.${port}`];
  const sockets: Socket[] = [];
  const server = createServer((near) => {
    const far = open(join(String(host), name));
    sockets.push(near, far);
    for (const socket of [near, far]) socket.on('error', () => {});
    near.pipe(far).pipe(near);
  });
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  await new Promise<void>((resolve) => server.listen(join(folder, name), resolve));
  onTestFinished(() => {
    cut();
    server.close();
  });
  return { folder, cut };
}
