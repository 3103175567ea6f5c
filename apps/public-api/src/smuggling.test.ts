import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { raw, startForTests, TEST_UID } from './start-for-tests.ts';

const SMUGGLED = `GET /api/tasks/${TEST_UID} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
const CHUNKED = 'Transfer-Encoding: chunked';
const EMPTY = '0\r\n\r\n';

/** A relay, and every byte that its upstream gets of it. The upstream parses nothing: it answers the first head of a connection. */
async function setup() {
  const got: string[] = [];
  const upstream = createServer((socket) => {
    const index = got.push('') - 1;
    socket
      .on('error', () => {})
      .on('data', (bytes) => {
        got[index] += bytes.toString('latin1');
        if (/\r\n\r\n(?:hello|[\s\S]*\r\n0\r\n\r\n)$/.test(got[index] ?? '')) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      });
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const target = { host: '127.0.0.1', port: (upstream.address() as AddressInfo).port };
  const relay = await startForTests(() => {}, { target, limits: { upstreamTimeoutMs: 5_000 } });
  return {
    port: relay.port,
    got,
    async [Symbol.asyncDispose]() {
      await relay[Symbol.asyncDispose]();
      await new Promise((resolve) => upstream.close(resolve));
    },
  };
}

const post = (headers: string, body: string) => `POST /api/tasks/ HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n\r\n${body}`;

describe('relay, requests that two servers could read differently', () => {
  it.each([
    ['a tab before the coding, and a length', post(`Content-Length: 5\r\nTransfer-Encoding:\tchunked`, EMPTY)],
    ['a vertical tab before the coding', post('Transfer-Encoding: \x0bchunked', EMPTY)],
    ['a coding in quotes', post('Transfer-Encoding: "chunked"', EMPTY)],
    ['a coding with a parameter', post('Transfer-Encoding: chunked;q=1', EMPTY)],
    ['two codings in one', post('Transfer-Encoding: chunked, chunked', EMPTY)],
    ['a folded coding', post('X-A: 1\r\n Transfer-Encoding: chunked\r\nContent-Length: 5', EMPTY)],
    ['a coding on the next line', post('Transfer-Encoding:\r\n chunked\r\nContent-Length: 5', EMPTY)],
    ['a tab before the colon', post('Transfer-Encoding\t: chunked\r\nContent-Length: 5', EMPTY)],
    ['a space in the name', post('Transfer Encoding: chunked\r\nContent-Length: 5', EMPTY)],
    ['a bare carriage return', post('X-A: 1\rTransfer-Encoding: chunked\r\nContent-Length: 5', EMPTY)],
    ['a NUL in a header', post('X-A: 1\0\r\nContent-Length: 5', 'hello')],
    ['line feeds only', post('Content-Length: 5', 'hello').replaceAll('\r\n', '\n')],
    ['a header without a name', post(': 1\r\nContent-Length: 5', 'hello')],
    ['a header without a colon', post('nonsense\r\nContent-Length: 5', 'hello')],
    ['a length with something behind', post('Content-Length: 5 5', 'hello')],
    ['a length that no number holds', post('Content-Length: 18446744073709551621', 'hello')],
    ['an empty length', post('Content-Length:', 'hello')],
    ['a chunk of hexadecimal in C', post(CHUNKED, `0x5\r\nhello\r\n${EMPTY}`)],
    ['a signed chunk', post(CHUNKED, `+5\r\nhello\r\n${EMPTY}`)],
    ['a chunk that no number holds', post(CHUNKED, `FFFFFFFFFFFFFFFFF\r\nhello\r\n${EMPTY}`)],
    ['a chunk that ends in a line feed only', post(CHUNKED, `5\nhello\n0\n\n`)],
    ['a chunk longer than it says', post(CHUNKED, `5\r\nhelloX\r\n${EMPTY}`)],
    ['an extension that ends in a line feed only', post(CHUNKED, `5;a\nhello\r\n${EMPTY}`)],
    ['a trailer that would frame the body', post(CHUNKED, '5\r\nhello\r\n0\r\nContent-Length: 3\r\n\r\n')],
    ['an extension of 64 KiB', post(CHUNKED, `5;${'a'.repeat(65_536)}\r\nhello\r\n${EMPTY}`)],
    ['tabs in the first line', post('Content-Length: 5', 'hello').replace('POST /api/tasks/ ', 'POST\t/api/tasks/\t')],
  ])('are refused: %s', async (_what, bytes) => {
    await using relay = await setup();
    const answer = await raw(relay.port, bytes + SMUGGLED);
    expect(answer).toMatch(/^HTTP\/1\.1 (400|413|431) /);
    expect(answer.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
    // Of a body that turns out to be broken, the head may have gone out; nothing of what is behind it may.
    for (const bytesUp of relay.got) {
      expect(bytesUp).not.toContain(TEST_UID);
      expect(bytesUp.match(/ HTTP\/1\.1\r\n/g) ?? []).not.toHaveLength(2);
      expect(bytesUp.endsWith(EMPTY), 'the upstream must not take the body for whole').toBe(false);
    }
    expect(relay.got.length).toBeLessThanOrEqual(1);
  });

  it.each([
    ['a coding in capitals', post('Transfer-Encoding: CHUNKED', `5\r\nhello\r\n${EMPTY}`)],
    ['extensions of chunks', post(CHUNKED, `5;a=b;c="d"\r\nhello\r\n0;x\r\n\r\n`)],
    ['trailers', post(CHUNKED, '5\r\nhello\r\n0\r\nX-Caller: local\r\n\r\n')],
    ['two spaces in the first line', post('Content-Length: 5', 'hello').replace(' HTTP', '  HTTP')],
    ['a length with zeros before it', post('Content-Length: 0005', 'hello')],
    ['empty lines before it', `\r\n\r\n${post('Content-Length: 5', 'hello')}`],
    ['a header that only looks like a coding', post('Transfer_Encoding: chunked\r\nContent-Length: 5', 'hello')],
    ['framing that is named in Connection', post('Connection: content-length, close\r\nContent-Length: 5', 'hello')],
  ])('or reach the upstream as one plain request: %s', async (_what, bytes) => {
    await using relay = await setup();
    expect(await raw(relay.port, bytes.replace('Host:', 'Connection: close\r\nHost:'))).toMatch(/^HTTP\/1\.1 200 /);
    expect(relay.got).toHaveLength(1);
    const [head = '', body = ''] = (relay.got[0] ?? '').split(/\r\n\r\n(.*)/s);
    expect(head.match(/ HTTP\/1\.1\r\n/g)).toHaveLength(1);
    expect(head.match(/^(?:content-length|transfer-encoding): \w+$/gim)).toHaveLength(1);
    expect(['hello', `5\r\nhello\r\n${EMPTY}`]).toContain(body);
    expect(head).not.toMatch(/transfer_encoding/i);
  });
});
