import pg from 'pg';
import type { Tx } from './connect.ts';
import { Prisma } from './generated/client.ts';
import { StatementError } from './statement-error.ts';

const { types } = pg;
/** As Prisma gives them: counts of bytes are beyond what a number holds. The driver would answer them as text. */
const TYPES = {
  getTypeParser: ((oid: number, format?: 'text') =>
    oid === types.builtins.INT8 ? BigInt : types.getTypeParser(oid, format)) as typeof types.getTypeParser,
};

/**
 * Runs written-out SQL with the driver alone: a statement costs half of what it does through Prisma, whose transactions take the same
 * templates. Each statement is prepared once per session, under the name that `nameOf` gives its text.
 */
export function plainStatements(pool: pg.Pool, nameOf: (sql: string) => string): Pick<Tx, '$queryRaw' | '$executeRaw'> {
  const run = async (strings: TemplateStringsArray, parts: readonly unknown[]) => {
    const { text, values } = Prisma.sql(strings, ...parts);
    try {
      return await pool.query({ name: nameOf(text), text, values, types: TYPES });
    } catch (error) {
      throw new StatementError(error);
    }
  };
  return {
    $queryRaw: async <Rows>(strings: TemplateStringsArray, ...parts: readonly unknown[]) => (await run(strings, parts)).rows as Rows,
    $executeRaw: async (strings, ...parts) => (await run(strings, parts)).rowCount ?? 0,
  };
}
