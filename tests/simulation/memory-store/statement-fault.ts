import { StatementError } from '@inference/database';

/** Postgres' codes for what goes wrong in a statement. */
const CODES = {
  /** A unique index has the value already. */
  duplicate: '23505',
  /** A CHECK says no. */
  check: '23514',
  /** A row that is named is not there. */
  foreignKey: '23503',
  /** One INSERT ... ON CONFLICT DO UPDATE names a row twice. */
  twice: '21000',
  /** A statement of this transaction failed before. */
  aborted: '25P02',
} as const;

/** An error as Postgres would have answered it. */
export function statementFault(kind: keyof typeof CODES, text: string): StatementError {
  return new StatementError(Object.assign(new Error(`${kind}: ${text}`), { code: CODES[kind] }));
}
