import type { Request, Response } from 'express';
import { cursorOf } from './cursor.ts';

type Page<Row> = { readonly rows: readonly Row[]; readonly limit: number };

/** Sends a page of a list. `rows` has one more than the limit where there is a next page, to which a link leads. */
export function sendPage<Row extends { id: number }>(
  request: Request,
  response: Response,
  { rows, limit }: Page<Row>,
  show: (row: Row) => object,
): void {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const cursor = rows.length > limit && last !== undefined ? cursorOf(last.id) : null;
  if (cursor !== null) response.set('Link', `<${nextAddress(request, cursor)}>; rel="next"`);
  response.json({ items: shown.map(show), next_cursor: cursor });
}

function nextAddress(request: Request, cursor: string): string {
  const [path = '', query = ''] = request.originalUrl.split('?');
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', cursor);
  return `${path}?${parameters}`;
}
