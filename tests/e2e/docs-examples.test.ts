// What the page /docs fills in by itself works on a server that was just started, but for tasks and keys, which such a server has not yet:
// of these the document can only show the form, and a real one takes its place here.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ended, postTask } from './client.ts';
import { testServer } from './test-server.ts';

type Parameter = { readonly name: string; readonly in: string; readonly required?: boolean; readonly example?: unknown };
type Content = Readonly<Record<string, { readonly example?: unknown }>>;
type Operation = {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
};
type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>> & { readonly parameters?: readonly Parameter[] }>>;
};
type Request = {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
  readonly parameters: readonly Parameter[];
};

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
/** Which parameters name something that only its maker knows. */
const OWN = ['task', 'uid', 'key'];
/** What a task that has succeeded cannot have done to it. */
const REFUSED: Readonly<Record<string, number>> = { requeueTask: 409 };

type Server = Awaited<ReturnType<typeof testServer>>;

/** The operations of a document; those that others need come first, those that remove something last. */
async function operationsOf(server: Server, document: string): Promise<Request[]> {
  const { paths } = (await (await fetch(`${server.url}${document}`)).json()) as Document;
  const all = Object.entries(paths).flatMap(([path, operations]) =>
    METHODS.filter((method) => operations[method] !== undefined).map((method) => {
      const operation = operations[method] as Operation;
      return {
        id: operation.operationId,
        method,
        path,
        operation,
        parameters: [...(operations.parameters ?? []), ...(operation.parameters ?? [])],
      };
    }),
  );
  const order = ({ id, method }: Request) => (id === 'registerModel' ? 0 : method === 'delete' ? 2 : 1);
  return all.sort((one, other) => order(one) - order(other));
}

/** Sends what the page fills in; `own` takes the place of what only its maker knows. */
async function send(
  server: Server,
  { method, path, operation, parameters }: Request,
  own: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const filled = parameters.filter(
    ({ in: where, required, example }) => where === 'path' || (where === 'query' && (required || example !== undefined)),
  );
  for (const { name, example } of filled) expect(example, `${operation.operationId}: ${name} has an example`).toBeDefined();
  const values = filled.map((parameter) => ({ ...parameter, value: own[parameter.name] ?? String(parameter.example) }));
  const address = values
    .filter(({ in: where }) => where === 'path')
    .reduce((text, { name, value }) => text.replace(`{${name}}`, value), path);
  const query = new URLSearchParams(
    values.filter(({ in: where }) => where === 'query').map(({ name, value }): [string, string] => [name, value]),
  );
  const body = await bodyOf(server, operation);
  const cut = new AbortController();
  const answer = await fetch(`${server.url}${address}?${query}`, { method: method.toUpperCase(), signal: cut.signal, ...body });
  // A stream of events needs no end here.
  if (answer.headers.get('content-type')?.startsWith('text/event-stream')) cut.abort();
  return answer;
}

async function bodyOf(server: Server, { requestBody }: Operation): Promise<RequestInit> {
  // What may be left out, the page leaves out.
  if (!requestBody?.required) return {};
  const [type = '', { example } = {}] = Object.entries(requestBody.content)[0] ?? [];
  if (type === 'application/json') {
    expect(example).toBeDefined();
    return { headers: { 'content-type': type }, body: JSON.stringify(example) };
  }
  const zip = new Uint8Array(await readFile(join(server.dataFolder, 'samples', 'word-count.zip')));
  if (type === 'application/zip') return { headers: { 'content-type': type }, body: zip };
  const form = new FormData();
  form.set('zip_file', new Blob([zip]), 'input.zip');
  return { body: form };
}

async function endedTask(server: Server): Promise<string> {
  const uid = await postTask(server.url, 'word-count');
  expect((await ended(server.url, uid)).status).toBe(200);
  return uid;
}

async function newKey(server: Server): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${server.url}/api/v1/keys`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ owner: 'ada', name: 'notebook', scopes: ['read'] }),
  });
  expect(answer.status).toBe(201);
  return ((await answer.json()) as { prefix: string }).prefix;
}

describe.each(['/openapi/v1.json', '/openapi.json'])('the examples of %s', (document) => {
  it('are served by a server that was just started', async () => {
    const server = await testServer();
    const operations = await operationsOf(server, document);
    expect(operations.length).toBeGreaterThan(4);
    const got: Record<string, number> = {};
    const wanted: Record<string, unknown> = {};
    for (const request of operations) {
      const { id, path } = request;
      const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name).filter((name) => OWN.includes(name));
      if (names.length > 0) {
        got[`${id} of none`] = (await send(server, request)).status;
        wanted[`${id} of none`] = document === '/openapi.json' ? 554 : 404;
      }
      const own =
        names.length === 0
          ? {}
          : names.includes('key')
            ? { key: await newKey(server) }
            : await endedTask(server).then((uid) => ({ task: uid, uid }));
      got[id] = (await send(server, request, own)).status;
      wanted[id] = REFUSED[id] ?? expect.toSatisfy((status: number) => status < 400);
    }
    expect(got).toEqual(wanted);
  }, 120_000);
});
