import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Ask } from '@inference/client';
import type { Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

export type ApiBody = Pick<Ask, 'body' | 'headers'>;

/** A file, or stdin for `-`, as the body of a request; what it is is known from its name, where nobody says it. */
export async function apiBody({ cli }: Session, input: string, type: string | undefined): Promise<ApiBody> {
  const headers = { 'content-type': type ?? (/\.zip$/i.test(input) ? 'application/zip' : 'application/json') };
  if (input === '-') return { headers, body: () => cli.stdin };
  const found = await stat(input).catch(() => null);
  if (found === null || !found.isFile()) throw new UsageError(`There is no file ${input}.`);
  return { headers, body: () => createReadStream(input) };
}
