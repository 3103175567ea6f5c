import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { servePrivateApi } from './testing/serve-private-api.ts';
import { testDeps } from './testing/test-deps.ts';

/** What the private API answers to bytes; it closes the connection. */
async function raw(port: number, bytes: string): Promise<{ status: string; type: string; body: { code: string } }> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes, 'latin1');
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
  return { status: head.slice(9, 12), type: /content-type: ([^;\r]+)/i.exec(head)?.[1] ?? '', body: JSON.parse(body) };
}

describe('the server of the private API', () => {
  it.each([
    ['an address with a raw byte', 'GET /api/v1/tasks/\xe9 HTTP/1.1\r\nHost: x\r\n\r\n', '400'],
    ['two lengths', 'POST /api/v1/models HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx', '400'],
    ['too large a header', `GET /api/v1/me HTTP/1.1\r\nHost: x\r\nX-A: ${'x'.repeat(20_000)}\r\n\r\n`, '431', 'headers_too_large'],
    ['a strange expectation', 'GET /api/v1/me HTTP/1.1\r\nHost: x\r\nExpect: cake\r\nConnection: close\r\n\r\n', '400'],
  ])('refuses %s with a problem document', async (_what, bytes, status, code = 'bad_request') => {
    const { port } = await servePrivateApi(await testDeps());
    expect(await raw(port, bytes)).toMatchObject({ status, type: 'application/problem+json', body: { code } });
  });

  it('refuses a HEAD without a body, and a request behind one that was answered early as one of its own address', async () => {
    const { port } = await servePrivateApi(await testDeps());
    const head = connect(port, '127.0.0.1');
    head.write('HEAD /api/v1/tasks/\xe9 HTTP/1.1\r\nHost: x\r\n\r\n', 'latin1');
    expect(await text(head)).toMatch(/^HTTP\/1\.1 400 [\s\S]*\r\n\r\n$/);
    const early = connect(port, '127.0.0.1');
    early.write('POST /api/v1/models HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n');
    await once(early, 'data');
    early.write('xyzGET /api/v1/tasks/\xe9 HTTP/1.1\r\nHost: x\r\n\r\n', 'latin1');
    expect(JSON.parse((await text(early)).split('\r\n\r\n').at(-1) ?? '')).toMatchObject({
      code: 'bad_request',
      instance: '/api/v1/tasks/\xe9',
    });
  });
});
