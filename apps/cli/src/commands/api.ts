import { once } from 'node:events';
import type { Ask } from '@inference/client';
import { type Command, InvalidArgumentError } from 'commander';
import { type ApiBody, apiBody } from '../admin/api-body.ts';
import type { Cli } from '../cli.ts';
import { newCommand, SERVER_EXITS } from '../new-command.ts';
import { plainLines } from '../output/plain-text.ts';
import { inSession, type Session } from '../session.ts';
import { UsageError } from '../usage-error.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const satisfies readonly Ask['method'][];
type ApiOptions = { readonly field?: Record<string, unknown>; readonly input?: string; readonly type?: string; readonly include?: boolean };

/** `infer api`: any request, with the key and the address of all commands. */
export function apiCommand(cli: Cli): Command {
  return newCommand('api', 'Make any request to the server, with your key', {
    examples: [
      ['infer api GET me', 'the same as /api/v1/me: who you are'],
      ['infer api GET tasks -f state=failed -f limit=5', 'fields of a GET go into the address'],
      ['infer api PATCH models/word-count -f disabled=true', 'else into the body, as JSON'],
      ['infer api POST models/word-count/tasks --input in.zip', 'a file as the body'],
    ],
    exits: ['notFound', ...SERVER_EXITS],
  })
    .argument('<method>', METHODS.join(', '), parseMethod)
    .argument('<path>', 'from the root of the server where it begins with /, else below /api/v1/')
    .option(
      '-f, --field <name=value>',
      'a field; numbers, true, false and null are taken as such, and what is JSON; may be repeated',
      parseField,
    )
    .option('--input <file>', 'send this file as the body; - for stdin')
    .option('--type <type>', 'what the file is, if not JSON or a zip')
    .option('-i, --include', 'print the status and the headers first')
    .action(inSession(cli, api));
}

async function api(session: Session, method: Ask['method'], path: string, options: ApiOptions): Promise<void> {
  const { cli, client, signal } = session;
  const { field = {}, input, type, include = false } = options;
  if (input !== undefined && Object.keys(field).length > 0) throw new UsageError('Give fields or a file, not both.');
  const inAddress = method === 'GET' || method === 'DELETE';
  const query = inAddress ? Object.fromEntries(Object.entries(field).map(([name, value]) => [name, textOf(value)])) : undefined;
  const body: ApiBody = input === undefined ? {} : await apiBody(session, input, type);
  const json = inAddress || input !== undefined || Object.keys(field).length === 0 ? undefined : field;
  const full = path.startsWith('/') ? path : `/api/v1/${path}`;
  const response = await (await client()).ask({
    method,
    path: full,
    query,
    json,
    ...body,
    isRepeatable: method === 'GET',
    limitMs: null,
    signal,
  });
  if (include) {
    cli.stdout.write(`HTTP ${response.status}\n`);
    for (const [name, value] of response.headers) cli.stdout.write(`${plainLines(`${name}: ${value}`)}\n`);
    cli.stdout.write('\n');
  }
  await pour(response, session);
}

/** The body as it came; on a terminal nothing that it would obey. */
async function pour({ body, headers }: Response, { cli, signal }: Session): Promise<void> {
  if (body === null) return;
  const isText = /json|text|yaml/.test(headers.get('content-type') ?? '');
  if (cli.stdout.isTTY && !isText) throw new UsageError('What came is no text. Write it to a file: infer api ... > FILE');
  const decoder = new TextDecoder();
  for await (const piece of body) {
    const bytes = cli.stdout.isTTY ? plainLines(decoder.decode(piece, { stream: true })) : piece;
    if (!cli.stdout.write(bytes)) await once(cli.stdout, 'drain', { signal });
  }
  if (isText) cli.stdout.write('\n');
}

function parseMethod(text: string): Ask['method'] {
  const found = METHODS.find((method) => method === text.toUpperCase());
  if (found === undefined) throw new InvalidArgumentError(`Write one of ${METHODS.join(', ')}.`);
  return found;
}

function parseField(text: string, before: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Write a field as name=value.');
  return { ...before, [text.slice(0, at)]: readValue(text.slice(at + 1)) };
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A plain word.
    return text;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
