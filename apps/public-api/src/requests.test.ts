import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { ask, raw, startForTests, TEST_UID, until } from './start-for-tests.ts';

const TASK = `/api/tasks/${TEST_UID}`;

/** A relay whose upstream counts what reaches it. */
async function guarded(options: Parameters<typeof startForTests>[1] = {}) {
  const reached: string[] = [];
  const relay = await startForTests((req, res) => {
    reached.push(`${req.method} ${req.url}`);
    res.end('from upstream');
  }, options);
  return { relay, reached };
}

describe('relay, the requests it refuses', () => {
  it.each([
    [`GET /api/tasks/outputs/${TEST_UID} HTTP/1.1`, 404],
    [`GET /api/tasks/../tasks/${TEST_UID} HTTP/1.1`, 404],
    [`GET /api/tasks/%2e%2e/tasks/${TEST_UID} HTTP/1.1`, 404],
    [`GET /api%2ftasks/${TEST_UID} HTTP/1.1`, 404],
    [`GET /api%5Ctasks%5C${TEST_UID} HTTP/1.1`, 404],
    [`GET //api/tasks/${TEST_UID} HTTP/1.1`, 404],
    [`GET ${TASK}%00 HTTP/1.1`, 404],
    [`GET ${TASK}\0 HTTP/1.1`, 400],
    ['GET http://localhost/api/models/ HTTP/1.1', 400],
    ['GET localhost:80 HTTP/1.1', 400],
    ['GET /api/models%zz HTTP/1.1', 400],
    ['OPTIONS * HTTP/1.1', 400],
    ['OPTIONS /api/tasks/ HTTP/1.1', 405],
    ['TRACE /api/models/ HTTP/1.1', 405],
    ['PUT /api/models/ HTTP/1.1', 405],
    ['GET /api/tasks/ HTTP/1.1', 405],
    ['CONNECT example.org:443 HTTP/1.1', 405],
    ['CONNECT localhost:80 HTTP/1.1', 405],
    ['BREW /api/models/ HTTP/1.1', 400],
    ['GET /api/models/ HTTP/9.9', 400],
    [`GET /api/models/?${'x'.repeat(17_000)} HTTP/1.1`, 431],
  ])('answers %j with a JSON error and asks the upstream nothing', async (line, status) => {
    const { relay, reached } = await guarded();
    await using _ = relay;
    const answer = await raw(relay.port, `${line}\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(JSON.parse(body)).toEqual({ detail: expect.any(String), code: expect.stringMatching(/^[a-z_]+$/) });
    if (status === 405) expect(head).toMatch(/\r\nallow: [A-Z]/i);
    expect(reached).toEqual([]);
  });

  it.each([
    ['a length and chunks', 'Content-Length: 5\r\nTransfer-Encoding: chunked', '0\r\n\r\n'],
    ['chunks and a length', 'Transfer-Encoding: chunked\r\nContent-Length: 5', '0\r\n\r\n'],
    ['two lengths', 'Content-Length: 5\r\nContent-Length: 6', 'hello'],
    ['two equal lengths', 'Content-Length: 5\r\nContent-Length: 5', 'hello'],
    ['a list of lengths', 'Content-Length: 5, 5', 'hello'],
    ['a signed length', 'Content-Length: +5', 'hello'],
    ['a hexadecimal length', 'Content-Length: 0x5', 'hello'],
    ['another coding', 'Transfer-Encoding: gzip, chunked', '0\r\n\r\n'],
    ['chunks not last', 'Transfer-Encoding: chunked, identity', '0\r\n\r\n'],
    ['chunks twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked', '0\r\n\r\n'],
    ['an unknown coding', 'Transfer-Encoding: xchunked', '0\r\n\r\n'],
    ['a space before the colon', 'Content-Length : 5', 'hello'],
    ['a folded header', 'X-A: 1\r\n Content-Length: 5', 'hello'],
    ['a bare line feed', 'X-A: 1\nContent-Length: 5', 'hello'],
    ['a negative chunk', 'Transfer-Encoding: chunked', '-1\r\nhello\r\n0\r\n\r\n'],
  ])('refuses a POST with %s and does not read its end as another request', async (_what, headers, body) => {
    const { relay, reached } = await guarded();
    await using _ = relay;
    const smuggled = 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const answer = await raw(relay.port, `POST /api/tasks/ HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n\r\n${body}${smuggled}`);
    expect(answer).toMatch(/^HTTP\/1\.1 (400|503) /);
    expect(answer).not.toContain('"ok"');
    expect(reached.filter((line) => !line.startsWith('POST'))).toEqual([]);
  });

  it.each(['GET', 'HEAD', 'DELETE', 'OPTIONS'])('refuses a body on %s', async (method) => {
    const { relay, reached } = await guarded();
    await using _ = relay;
    const answer = await raw(relay.port, `${method} ${TASK} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(reached).toEqual([]);
  });

  it('lets a DELETE with the length 0 pass, as Python sends it', async () => {
    const { relay, reached } = await guarded();
    await using _ = relay;
    expect((await ask(relay.port, TASK, { method: 'DELETE', headers: { 'content-length': '0' } })).status).toBe(200);
    expect(reached).toEqual([`DELETE ${TASK}`]);
  });

  it('wants exactly one Host header, or none from HTTP/1.0', async () => {
    const { relay } = await guarded();
    await using _ = relay;
    expect(await raw(relay.port, 'GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(await raw(relay.port, 'GET /livez HTTP/1.1\r\nHost: a\r\nHost: localhost\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 /,
    );
    expect(await raw(relay.port, 'GET /livez HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('refuses more than 100 headers, so that none is dropped unseen', async () => {
    const { relay, reached } = await guarded();
    await using _ = relay;
    const headers = (count: number) => Array.from({ length: count }, (_, index) => `x-${index}: 1\r\n`).join('');
    const start = 'GET /api/models/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n';
    expect(await raw(relay.port, `${start}${headers(98)}\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await raw(relay.port, `${start}${headers(98)}x-forwarded-for: 1.2.3.4\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await raw(relay.port, `${start}${headers(500)}x-forwarded-for: 1.2.3.4\r\n\r\n`)).toMatch(/^HTTP\/1\.1 4(00|31) /);
    expect(reached).toHaveLength(1);
  });

  it('refuses an upgrade, but serves a client that only offers h2c', async () => {
    const { relay, reached } = await guarded();
    await using _ = relay;
    const get = (upgrade: string) =>
      `GET /api/models/ HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\nUpgrade: ${upgrade}\r\n\r\n`;
    expect(await raw(relay.port, get('websocket'))).toMatch(/^HTTP\/1\.1 400 /);
    expect(reached).toEqual([]);
    expect(await raw(relay.port, get('h2c'))).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('refuses an Expect other than 100-continue', async () => {
    const { relay } = await guarded();
    await using _ = relay;
    const answer = await raw(
      relay.port,
      'POST /api/tasks/ HTTP/1.1\r\nHost: localhost\r\nExpect: 200-ok\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 [\s\S]*Expect/);
  });

  it('refuses a change that another web site asks for, whoever the caller is', async () => {
    const { relay, reached } = await guarded();
    await using _ = relay;
    for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }]) {
      const { status, body } = await ask(relay.port, '/api/models/', { method: 'POST', headers, body: 'zip' });
      expect([status, JSON.parse(body).code]).toEqual([403, 'cross_origin']);
    }
    expect((await ask(relay.port, TASK, { method: 'DELETE', headers: { origin: 'https://evil.example' } })).status).toBe(403);
    expect(reached).toEqual([]);
    const own = { origin: `http://127.0.0.1:${relay.port}`, 'sec-fetch-site': 'same-origin' };
    expect((await ask(relay.port, '/api/models/', { method: 'POST', headers: own, body: 'zip' })).status).toBe(200);
  });

  it('words a value that is too long as a wrong field', async () => {
    const { relay } = await guarded();
    await using _ = relay;
    const { status, body } = await ask(relay.port, `/api/tasks/?human_readable_id=${'x'.repeat(257)}`, { method: 'POST' });
    expect(status).toBe(422);
    expect(JSON.parse(body).detail).toMatchObject([{ loc: ['query', 'human_readable_id'], msg: expect.stringContaining('256') }]);
  });

  it('never answers a POST with a redirect, with or without the slash', async () => {
    const { relay, reached } = await guarded();
    await using _ = relay;
    for (const path of ['/api/tasks', '/api/tasks/', '/api/models', '/api/models/']) {
      expect((await ask(relay.port, path, { method: 'POST', body: 'zip' })).status).toBe(200);
    }
    expect(reached).toEqual(['POST /api/tasks/', 'POST /api/tasks/', 'POST /api/models/', 'POST /api/models/']);
  });
});

describe('relay, the limits of a connection', () => {
  it('answers headers that do not come in time with 408', async () => {
    const { relay } = await guarded({ limits: { headersTimeoutMs: 50 } });
    await using _ = relay;
    expect(await raw(relay.port, 'GET /livez HTTP/1.1\r\nHost: local')).toMatch(/^HTTP\/1\.1 408 [\s\S]*"code"/);
  });

  it('closes a connection on which nothing happens', async () => {
    const { relay } = await guarded({ limits: { idleTimeoutMs: 50 } });
    await using _ = relay;
    expect(await raw(relay.port, '')).toBe('');
  });

  it('takes no more connections than it may, while all of them have requests', async () => {
    const held: ServerResponse[] = [];
    await using relay = await startForTests((_req, res) => void held.push(res), { limits: { connectionsMax: 1 } });
    const first = ask(relay.port, TASK);
    await until(() => held.length === 1);
    await expect(ask(relay.port, '/livez')).rejects.toThrow(/ECONNRESET|hang up/);
    held[0]?.end('done');
    expect((await first).body).toBe('done');
    expect((await ask(relay.port, '/livez')).status).toBe(200);
  });

  it('closes for one more the connection that has waited longest, and never one with a request in it', async () => {
    const held: ServerResponse[] = [];
    await using relay = await startForTests((_req, res) => void held.push(res), { limits: { connectionsMax: 3 } });
    const busy = ask(relay.port, TASK);
    await until(() => held.length === 1);
    const idle = connect(relay.port, '127.0.0.1').on('error', () => {});
    const served = connect(relay.port, '127.0.0.1').on('error', () => {});
    await Promise.all([once(idle, 'connect'), once(served, 'connect')]);
    served.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(served, 'data');
    expect((await ask(relay.port, '/livez')).status).toBe(200);
    await until(() => idle.resume().destroyed);
    expect(served.destroyed).toBe(false);
    served.destroy();
    held[0]?.end('done');
    expect((await busy).body).toBe('done');
  });
});

describe('relay, what is not HTTP', () => {
  it('is answered with 400 on a connection that has served before', async () => {
    const { relay } = await guarded();
    await using _ = relay;
    const socket = connect(relay.port, '127.0.0.1');
    const answered = text(socket);
    socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'data');
    socket.write('nonsense\r\n\r\n');
    expect((await answered).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
  });

  it('never gets an answer into the middle of another one', async () => {
    await using relay = await startForTests((_req, res) => void res.write('first part, '));
    const socket = connect(relay.port, '127.0.0.1');
    const answered = text(socket);
    socket.write('GET /api/models/ HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'data');
    socket.write('nonsense\r\n\r\n');
    expect((await answered).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
    expect(await answered).not.toMatch(/0\r\n\r\n$/);
  });

  it('cannot make the relay ask the upstream for any number of things at once', async () => {
    let reached = 0;
    await using relay = await startForTests(() => void reached++);
    const get = `GET ${TASK} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    await expect(raw(relay.port, get.repeat(500))).resolves.toBe('');
    expect(reached).toBeLessThanOrEqual(16);
  });
});

describe('relay, its own pages', () => {
  it('greets programs with JSON, with "Hello world" as the original did', async () => {
    const { relay, reached } = await guarded();
    await using _ = relay;
    for (const headers of [{}, { accept: '*/*' }, { accept: 'application/json' }] as Record<string, string>[]) {
      const { status, body } = await ask(relay.port, '/', { headers });
      expect([status, JSON.parse(body).message]).toEqual([200, expect.stringMatching(/^Hello world/)]);
    }
    expect(reached).toEqual([]);
  });

  it('greets a browser with a page that leads to the docs', async () => {
    const { relay } = await guarded();
    await using _ = relay;
    const { headers, body } = await ask(relay.port, '/', { headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } });
    expect(headers['content-type']).toMatch(/^text\/html/);
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'/);
    expect(body).toContain('href="/docs"');
  });

  it('is alive while the upstream is not', async () => {
    await using relay = await startForTests((req) => req.socket.destroy());
    const { status, body } = await ask(relay.port, '/livez');
    expect([status, JSON.parse(body)]).toEqual([200, { status: 'ok' }]);
  });
});
