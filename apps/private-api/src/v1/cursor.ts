import { wrongField } from './check-fields.ts';

/** What the database can number rows up to. */
const ROW_MAX = 2 ** 31 - 1;

/** Where the next page begins, in a form that nobody should read anything into. */
export function cursorOf(rowId: number): string {
  return Buffer.from(String(rowId)).toString('base64url');
}

/** The row that the page before ended with; null for the first page. */
export function readCursor(cursor: string | undefined): number | null {
  if (cursor === undefined) return null;
  const text = Buffer.from(cursor, 'base64url').toString();
  if (/^\d{1,10}$/.test(text) && Number(text) <= ROW_MAX) return Number(text);
  throw wrongField('query', 'cursor', 'is not the next_cursor of an answer');
}
