import { Agent, createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { ask, listen, raw, startForTests, TEST_TOKEN, TEST_UID } from './start-for-tests.ts';
import { trustedProxies } from './trusted-proxies.ts';

const TASK = `/api/tasks/${TEST_UID}`;

/** An upstream that keeps what it was asked and answers an empty list. */
function recorder() {
  const asked: IncomingMessage[] = [];
  return {
    asked,
    answer: (req: IncomingMessage, res: import('node:http').ServerResponse) => {
      asked.push(req);
      res.setHeader('content-type', 'application/json').end('[]');
    },
  };
}

describe('relay, what it passes on', () => {
  it('shows the upstream the rebuilt address, its own token, the caller and a request id', async () => {
    const { asked, answer } = recorder();
    await using relay = await startForTests(answer);
    const { status, body, headers } = await ask(relay.port, '/api/models?status=x&evil=1');
    expect([status, body]).toEqual([200, '[]']);
    expect(asked[0]?.url).toBe('/api/models/');
    expect(asked[0]?.headers).toEqual({
      host: `127.0.0.1:${relay.upstreamPort}`,
      connection: 'keep-alive',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': `127.0.0.1:${relay.port}`,
      'x-relay-token': TEST_TOKEN,
      'x-caller': 'local',
      'x-request-id': headers['x-request-id'],
    });
  });

  it('strips every header that a client must not send, and passes on its key', async () => {
    const { asked, answer } = recorder();
    await using relay = await startForTests(answer);
    const internal = { 'x-relay-token': 'forged', 'x-caller': 'local', 'x-internal-user': 'admin', 'x-internal-anything': '1' };
    const forwarding = { forwarded: 'for=10.0.0.9', 'x-forwarded-for': '10.0.0.9', 'x-forwarded-host': 'evil.example', via: '1.1 x' };
    const hop = { te: 'trailers', 'keep-alive': '1', 'proxy-authorization': 'x', 'proxy-connection': 'x', cookie: 'a=b' };
    await ask(relay.port, '/api/models/', {
      headers: {
        ...internal,
        ...forwarding,
        ...hop,
        authorization: 'Bearer k',
        'x-token': 't',
        range: 'bytes=0-1',
        'x-request-id': 'mine',
      },
    });
    expect(asked[0]?.headers).toEqual({
      host: `127.0.0.1:${relay.upstreamPort}`,
      connection: 'keep-alive',
      authorization: 'Bearer k',
      'x-token': 't',
      range: 'bytes=0-1',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': `127.0.0.1:${relay.port}`,
      'x-relay-token': TEST_TOKEN,
      'x-caller': 'remote',
      'x-request-id': 'mine',
    });
  });

  it('tells the upstream what a proxy that it trusts says of the sender, made anew', async () => {
    const { asked, answer } = recorder();
    await using relay = await startForTests(answer, { trusted: trustedProxies.parse('127.0.0.1') });
    const headers = { 'x-forwarded-for': 'x, 203.0.113.9', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'lab.example' };
    await ask(relay.port, '/api/models/', { headers: { ...headers, 'x-forwarded-port': '1', forwarded: 'for=1.2.3.4' } });
    expect(asked[0]?.headers).toMatchObject({ ...headers, 'x-forwarded-for': '203.0.113.9', 'x-caller': 'remote' });
    expect(asked[0]?.headers).not.toHaveProperty('forwarded');
    expect(asked[0]?.headers).not.toHaveProperty('x-forwarded-port');
  });

  it('compares the origin of a browser with the host that it asked the proxy for', async () => {
    const { answer } = recorder();
    const headers = { origin: 'https://lab.example', 'x-forwarded-host': 'lab.example', 'x-forwarded-proto': 'https' };
    const post = (port: number) => ask(port, '/api/tasks/', { method: 'POST', body: 'zip', headers });
    await using behind = await startForTests(answer, { trusted: trustedProxies.parse('127.0.0.1') });
    expect((await post(behind.port)).status).toBe(200);
    await using open = await startForTests(answer);
    expect((await post(open.port)).status).toBe(403);
  });

  it('drops a header that the client names in Connection, but never the framing or its own headers', async () => {
    const { asked, answer } = recorder();
    await using relay = await startForTests(answer);
    const connection = 'close, x-token, x-caller, x-relay-token, content-length, x-request-id';
    await ask(relay.port, '/api/tasks/', { method: 'POST', body: 'zip', headers: { connection, 'x-token': 't' } });
    expect(asked[0]?.headers).toMatchObject({ 'x-caller': 'local', 'x-relay-token': TEST_TOKEN, 'content-length': '3' });
    expect(asked[0]?.headers).not.toHaveProperty('x-token');
  });

  it('makes a request id where the client sent an unusable one', async () => {
    const { asked, answer } = recorder();
    await using relay = await startForTests(answer, { newRequestId: () => 'made-here' });
    const { headers } = await ask(relay.port, '/api/models/', { headers: { 'x-request-id': 'two words' } });
    expect([asked[0]?.headers['x-request-id'], headers['x-request-id']]).toEqual(['made-here', 'made-here']);
  });

  it('counts everybody as remote unless the server is bound to loopback', async () => {
    const { asked, answer } = recorder();
    await using relay = await startForTests(answer, { keylessLocal: false });
    await ask(relay.port, '/api/models/');
    expect(asked[0]?.headers['x-caller']).toBe('remote');
  });

  it('counts a name that was pointed at loopback (DNS rebinding) as remote', async () => {
    const { asked, answer } = recorder();
    await using relay = await startForTests(answer);
    await ask(relay.port, '/api/models/', { headers: { host: 'evil.example' } });
    expect(asked[0]?.headers['x-caller']).toBe('remote');
  });

  it('passes back the named headers of the answer and drops the others', async () => {
    await using relay = await startForTests((_req, res) => {
      const passed = { etag: '"x"', link: '</v1>', 'retry-after': '2', 'x-task-state': 'queued', 'content-disposition': 'attachment' };
      const dropped = { server: 'secret/1', 'x-powered-by': 'Express', 'x-internal-path': '/srv', 'set-cookie': 'a=b', location: '/x' };
      res.writeHead(200, { ...passed, ...dropped, 'last-modified': 'then', 'content-type': 'text/plain' }).end('x');
    });
    const { headers } = await ask(relay.port, TASK);
    const own = ['cache-control', 'connection', 'cross-origin-resource-policy', 'date', 'x-content-type-options', 'x-request-id'];
    const passed = ['content-disposition', 'content-type', 'etag', 'last-modified', 'link', 'retry-after', 'x-task-state'];
    expect(Object.keys(headers).sort()).toEqual([...own, ...passed, 'transfer-encoding'].sort());
    expect(headers['retry-after']).toBe('2');
  });

  it.each([200, 202, 304, 404, 409, 410, 422, 500, 551, 552, 553, 554])('passes the status %i back', async (status) => {
    await using relay = await startForTests((_req, res) => res.writeHead(status).end(status === 304 ? undefined : '{"detail":"x"}'));
    const answer = await ask(relay.port, TASK);
    expect([answer.status, answer.body]).toEqual([status, status === 304 ? '' : '{"detail":"x"}']);
  });

  it('passes HEAD on, with the length of the body that is not sent', async () => {
    await using relay = await startForTests((req, res) => res.writeHead(200, { 'content-length': 1234, etag: `"${req.method}"` }).end());
    const { status, headers, body } = await ask(relay.port, TASK, { method: 'HEAD' });
    expect([status, headers['content-length'], headers.etag, body]).toEqual([200, '1234', '"HEAD"', '']);
  });

  it('passes a range on and its part back', async () => {
    await using relay = await startForTests((req, res) => {
      expect(req.headers.range).toBe('bytes=2-4');
      res.writeHead(206, { 'content-range': 'bytes 2-4/9', 'accept-ranges': 'bytes', 'content-length': 3 }).end('cde');
    });
    const { status, headers, body } = await ask(relay.port, TASK, { headers: { range: 'bytes=2-4' } });
    expect([status, headers['content-range'], headers['accept-ranges'], body]).toEqual([206, 'bytes 2-4/9', 'bytes', 'cde']);
  });

  it('passes a multipart body through byte by byte, with its type', async () => {
    await using relay = await startForTests(async (req, res) => void res.end(`${req.headers['content-type']}|${await text(req)}`));
    const body = '--b\r\ncontent-disposition: form-data; name="zip_file"\r\n\r\nPK\r\n--b--\r\n';
    const type = 'multipart/form-data; boundary=b';
    const answer = await ask(relay.port, '/api/tasks/', { method: 'POST', body, headers: { 'content-type': type } });
    expect(answer.body).toBe(`${type}|${body}`);
  });

  it('closes the connection when the client asks for it', async () => {
    const { answer } = recorder();
    await using relay = await startForTests(answer);
    const answered = await raw(relay.port, 'GET /api/models/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    expect(answered).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*connection: close\r\n/i);
  });

  it('serves several requests on one connection, and asks the upstream over one as well', async () => {
    const { asked, answer } = recorder();
    await using relay = await startForTests(answer);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let count = 0; count < 3; count++) {
      expect((await ask(relay.port, '/api/models/', { agent })).headers.connection).toBe('keep-alive');
    }
    agent.destroy();
    expect(new Set(asked.map((req) => req.socket.remotePort)).size).toBe(1);
  });

  it('answers pipelined requests in their order', async () => {
    await using relay = await startForTests((req, res) => void res.end(req.headers['x-token']));
    const get = (token: string) => `GET /api/models/ HTTP/1.1\r\nHost: localhost\r\nX-Token: ${token}\r\n`;
    const answered = await raw(relay.port, `${get('<1>')}\r\n${get('<2>')}\r\n${get('<3>')}Connection: close\r\n\r\n`);
    expect(answered.match(/<\d>/g)).toEqual(['<1>', '<2>', '<3>']);
  });
});

describe('relay, when the upstream fails', () => {
  it('answers 503 with Retry-After when nothing listens there, and logs it once', async () => {
    const gone = createServer();
    const port = await listen(gone);
    await new Promise((resolve) => gone.close(resolve));
    const logged: string[] = [];
    const log = { debug: () => {}, info: () => {}, warn: (_fields: object, message: string) => void logged.push(message) };
    await using relay = await startForTests(() => {}, { target: { host: '127.0.0.1', port }, log });
    const { status, headers, body } = await ask(relay.port, TASK);
    expect([status, headers['retry-after'], JSON.parse(body).code]).toEqual([503, '5', 'unavailable']);
    expect(body).not.toMatch(/127\.0\.0\.1|ECONN/);
    const upload = await ask(relay.port, '/api/tasks/', { method: 'POST', body: Buffer.alloc(4_000_000) });
    expect([upload.status, JSON.parse(upload.body).code]).toEqual([503, 'unavailable']);
    expect(logged).toHaveLength(2);
  });

  it('takes its target as a URL too, and ignores a path in it', async () => {
    const { asked, answer } = recorder();
    await using upstream = await startForTests(answer);
    const target = new URL(`http://127.0.0.1:${upstream.upstreamPort}/internal?x=1`);
    await using relay = await startForTests(() => {}, { target });
    expect((await ask(relay.port, '/api/models/')).status).toBe(200);
    expect(asked[0]?.url).toBe('/api/models/');
  });

  it('answers 503 when the upstream hangs up before it has answered', async () => {
    await using relay = await startForTests((req) => req.socket.destroy());
    expect((await ask(relay.port, TASK)).status).toBe(503);
    expect((await ask(relay.port, '/api/tasks/', { method: 'POST', body: 'zip' })).status).toBe(503);
  });

  it('answers 503 when the upstream stays silent for too long', async () => {
    await using relay = await startForTests(() => {}, { limits: { upstreamTimeoutMs: 50 } });
    expect((await ask(relay.port, TASK)).status).toBe(503);
  });

  it.each(['content-length', 'chunked'])('cuts the connection when the upstream dies within its answer (%s)', async (framing) => {
    await using relay = await startForTests((req, res) => {
      if (framing === 'content-length') res.setHeader('content-length', 100);
      res.write('half', () => req.socket.destroy());
    });
    await expect(ask(relay.port, TASK)).rejects.toThrow(/aborted|ECONNRESET|hang up/);
  });

  it('resets the connection of an HTTP/1.0 client then, which could not tell a cut answer from a whole one', async () => {
    await using relay = await startForTests((req, res) => void res.write('half', () => req.socket.destroy()));
    await expect(raw(relay.port, `GET ${TASK} HTTP/1.0\r\nHost: localhost\r\n\r\n`)).rejects.toThrow(/ECONNRESET/);
  });

  it('goes on serving after all that', async () => {
    let calls = 0;
    await using relay = await startForTests((req, res) => (++calls === 1 ? req.socket.destroy() : res.end('ok')));
    expect((await ask(relay.port, TASK)).status).toBe(503);
    expect((await ask(relay.port, TASK)).body).toBe('ok');
  });
});
