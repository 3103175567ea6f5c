// Requests as nobody should send them, to every route of the contract: refused with a problem, or answered, but never a fault of ours.

import { V1_ROUTES, type V1Route } from '@inference/contracts';
import { zipOf } from '@inference/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { finishAttempt } from '../services/finish-attempt.ts';
import { claimed, givenModel, givenTask, succeeded, testDeps } from '../testing/test-deps.ts';
import { ADMIN_KEY, type V1Reply, v1Client } from '../testing/v1-client.ts';

const REQUESTS_PER_ROUTE = 40;
const TIMEOUT_MS = 120_000;
const ZIP = await zipOf({ a: 'b' });

async function setup() {
  const deps = await testDeps({ adminKey: ADMIN_KEY });
  await givenModel(deps);
  const ended = await givenTask(deps);
  const attempt = await claimed(deps);
  await finishAttempt(deps, attempt, await succeeded(deps, attempt), { stdout: [], stderr: [] });
  return { ended, queued: await givenTask(deps), ...(await v1Client(deps)) };
}

const odd = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('\0', 'a\0b', 'a:\0', '\ud800'),
  fc.constantFrom(
    '',
    '\0',
    '\ud800',
    '..',
    '../..',
    '%',
    '-1',
    '99999999999',
    '1e9',
    'null',
    'a:\0',
    'a:b',
    '😀:😀',
    'x'.repeat(5_000),
    'queued',
    'MTI',
  ),
);
const header = fc.oneof(
  fc.string({ unit: 'binary-ascii', maxLength: 40 }).map((text) => text.replace(/[^\x20-\x7e]/g, '').trim()),
  fc.constantFrom('wait=0', 'wait=99999999999', 'wait', '*', '"x", W/"y"', 'bytes=5-1', 'bytes=0-', 'x'.repeat(200), 'application/zip'),
);
const body = fc.oneof(
  fc.constant(undefined),
  fc.jsonValue().map((value) => ({ type: 'application/json', content: JSON.stringify(value) })),
  fc
    .record(
      { id: odd, image: odd, description: odd, gpu: fc.boolean(), limits: fc.jsonValue(), disabled: fc.jsonValue() },
      { requiredKeys: [] },
    )
    .map((value) => ({ type: 'application/json', content: JSON.stringify({ image: 'a/b', ...value }) })),
  fc.string({ unit: 'binary' }).map((content) => ({ type: 'application/json', content })),
  fc.uint8Array({ maxLength: 200 }).map((content) => ({ type: 'application/zip', content })),
  fc.constant({ type: 'application/zip', content: new Uint8Array(ZIP) }),
  fc.string().map((content) => ({ type: 'multipart/form-data', content })),
  fc.tuple(fc.constantFrom('input', 'files', 'options', 'model', 'a[b]', ''), odd, odd).map(([name, file, content]) => {
    const disposition = `form-data; name="${name}"${file === '' ? '' : `; filename="${file.replace(/["\r\n]/g, '')}"`}`;
    return {
      type: 'multipart/form-data; boundary=b',
      content: `--b\r\nContent-Disposition: ${disposition}\r\n\r\n${content}\r\n--b--\r\n`,
    };
  }),
  fc.string({ maxLength: 20 }).map((type) => ({ type: type.replace(/[^a-z/;=-]/gi, ''), content: 'x' })),
);
const HEADERS = ['prefer', 'accept', 'idempotency-key', 'if-none-match', 'range', 'if-range', 'last-event-id'];
const requestTo = (names: readonly string[]) =>
  fc.record({
    values: fc.array(fc.option(odd, { nil: undefined, freq: 3 }), { minLength: 4, maxLength: 4 }),
    query: fc.array(fc.tuple(fc.constantFrom(...names, 'other'), odd), { maxLength: 3 }),
    headers: fc.array(fc.tuple(fc.constantFrom(...HEADERS), header), { maxLength: 2 }),
    body,
  });
type BadRequest = ReturnType<typeof requestTo> extends fc.Arbitrary<infer Request> ? Request : never;

/** The address, with what is odd in the place of its values, or right ones where that is not wanted. */
function addressOf({ path }: V1Route, { values, query }: BadRequest, right: Record<string, string>): string {
  let at = 0;
  const filled = path.replace('/api/v1', '').replace(/\{(\w+)\}/g, (_all, name: string) => {
    const value = values[at++];
    return value === undefined ? (right[name] ?? '') : encodeURIComponent(value.toWellFormed()) || 'x';
  });
  const text = new URLSearchParams(query.map(([name, value]): [string, string] => [name, value.toWellFormed()])).toString();
  return text === '' ? filled : `${filled}?${text}`;
}

function judge({ status, headers, bytes }: V1Reply, what: string): void {
  expect(status, `${what}: ${bytes.toString().slice(0, 300)}`).toBeLessThan(500);
  if (status < 400 || status === 416) return;
  expect(headers.get('content-type'), what).toBe('application/problem+json; charset=utf-8');
  const problem = JSON.parse(bytes.toString()) as { status: number; code: string; detail: string };
  expect([problem.status, /\bat .+:\d+:\d+|\/src\//.test(problem.detail)], what).toEqual([status, false]);
}

describe('a bad request', () => {
  it.each(V1_ROUTES.filter(({ id }) => id !== 'followTask'))('to $id is never a fault of ours', { timeout: TIMEOUT_MS }, async (route) => {
    const { ask, ended, queued } = await setup();
    const taken = async (bad: BadRequest) => {
      const right = { task: bad.query.length > 1 ? ended : queued, model: 'echo', client: 'mine', path: 'out.txt' };
      const address = addressOf(route, bad, right);
      const type = bad.body === undefined || bad.body.type === '' ? {} : { 'content-type': bad.body.type };
      const sent = route.method === 'GET' || bad.body === undefined ? {} : { body: bad.body.content };
      const init = { method: route.method, headers: { ...type, ...Object.fromEntries(bad.headers) }, ...sent } as RequestInit;
      judge(await ask(address, init), `${route.method} ${address} ${JSON.stringify(bad)}`);
    };
    await fc.assert(fc.asyncProperty(requestTo(Object.keys(route.query?.shape ?? {})), taken), {
      numRuns: REQUESTS_PER_ROUTE,
      interruptAfterTimeLimit: TIMEOUT_MS / 2,
    });
  });
});
