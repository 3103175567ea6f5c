import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { ask, startForTests, TEST_UID } from './start-for-tests.ts';

/** What the relay answers to bytes that are no request. */
async function raw(port: number, bytes: string) {
  const socket = connect(port, '127.0.0.1');
  socket.end(bytes);
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
  return { head, body: JSON.parse(body) as { code: string; status?: number; instance?: string } };
}

describe('refusals of the relay under /api/v1', () => {
  it('are problem documents with a standard status and the id of the request; elsewhere they are as they were', async () => {
    await using relay = await startForTests((_req, res) => void res.socket?.destroy());
    const cases = [
      ['GET', '/api/v1/none', 404, 'not_found'],
      ['DELETE', '/api/v1/queue', 405, 'method_not_allowed'],
      ['GET', `/api/v1/tasks?cursor=${'x'.repeat(201)}`, 422, 'invalid_request'],
      ['GET', '/api/v1/tasks', 503, 'unavailable'],
    ] as const;
    for (const [method, path, status, code] of cases) {
      const answer = await ask(relay.port, path, { method });
      expect([answer.status, answer.headers['content-type']], path).toEqual([status, 'application/problem+json']);
      const problem = {
        code,
        status,
        type: `/docs/errors#${code}`,
        instance: path.split('?')[0],
        request_id: answer.headers['x-request-id'],
      };
      expect(JSON.parse(answer.body)).toMatchObject(problem);
    }
    const pointed = JSON.parse((await ask(relay.port, `/api/v1/tasks?cursor=${'x'.repeat(201)}`)).body) as { errors: object[] };
    expect(pointed.errors).toEqual([{ pointer: '/query/cursor', message: 'ensure this value has at most 200 characters' }]);
    expect(JSON.parse((await ask(relay.port, '/api/none')).body)).toEqual({ detail: expect.any(String), code: 'not_found' });
  });

  it('are problem documents even where the request cannot be parsed', async () => {
    await using relay = await startForTests(() => {});
    const broken = 'Host: x\r\nContent-Length: x\r\n\r\n';
    const v1 = await raw(relay.port, `GET /api/v1/queue?x=y HTTP/1.1\r\n${broken}`);
    expect(v1.head).toMatch(/^HTTP\/1.1 400 [\s\S]*Content-Type: application\/problem\+json/);
    expect(v1.body).toMatchObject({ code: 'bad_request', status: 400, instance: '/api/v1/queue' });
    expect(Object.keys((await raw(relay.port, `GET /api/models HTTP/1.1\r\n${broken}`)).body)).toEqual(['detail', 'code']);
  });
});

describe('the relay under /api/v1', () => {
  it('passes bodies of PUT and PATCH, and what means something to the routes, and nothing else', async () => {
    const seen: { method?: string | undefined; headers: object; body: string }[] = [];
    await using relay = await startForTests(async (req, res) => {
      seen.push({ method: req.method, headers: req.headers, body: await text(req) });
      res
        .setHeader('location', `/api/v1/tasks/${TEST_UID}`)
        .setHeader('repr-digest', 'sha-256=:x:')
        .setHeader('preference-applied', 'wait=1');
      res.setHeader('x-internal', '1').end('{}');
    });
    const headers = { prefer: 'wait=1', 'idempotency-key': 'k', 'if-none-match': '"x"', accept: 'application/zip', 'x-other': '1' };
    const answer = await ask(relay.port, '/api/v1/tasks/mine?model=echo', { method: 'PUT', headers, body: 'zip' });
    await ask(relay.port, '/api/v1/models/echo', { method: 'PATCH', body: '{}' });
    expect(seen.map(({ method, body }) => [method, body])).toEqual([
      ['PUT', 'zip'],
      ['PATCH', '{}'],
    ]);
    const { 'x-other': other, ...passed } = headers;
    expect(seen[0]?.headers).toMatchObject(passed);
    expect([other, Object.keys(seen[0]?.headers ?? {}).includes('x-other')]).toEqual(['1', false]);
    expect(answer.headers).toMatchObject({
      location: `/api/v1/tasks/${TEST_UID}`,
      'repr-digest': 'sha-256=:x:',
      'preference-applied': 'wait=1',
    });
    expect(answer.headers['x-internal']).toBeUndefined();
  });

  it('still refuses a body with a GET, and elsewhere with a PUT', async () => {
    await using relay = await startForTests(() => {});
    expect((await ask(relay.port, '/api/v1/tasks', { method: 'GET', body: 'x' })).status).toBe(400);
    expect((await ask(relay.port, '/api/models/', { method: 'PUT', body: 'x' })).status).toBe(400);
  });

  it('serves the document of /api/v1 and the page of its errors itself', async () => {
    await using relay = await startForTests(() => {});
    expect((JSON.parse((await ask(relay.port, '/openapi/v1.json')).body) as { openapi: string }).openapi).toBe('3.1.0');
    expect((await ask(relay.port, '/docs/errors')).body).toContain('id="task_not_found"');
  });
});
