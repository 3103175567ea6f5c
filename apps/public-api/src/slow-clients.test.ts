import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { raw, startForTests, TEST_UID, until } from './start-for-tests.ts';

const DRIP_EVERY_MS = 10;
/** A limit, and by when what is over it must be gone: the machine may be busy. */
const LIMIT_MS = 300;
const GONE_MS = 8_000;

/** Sends the start at once, then one byte after the other, never pausing for long; answers what came back, and when it was cut. */
async function drip(port: number, start: string, byte: string) {
  const since = performance.now();
  const socket = connect(port, '127.0.0.1');
  socket.write(start);
  const timer = setInterval(() => socket.writable && socket.write(byte), DRIP_EVERY_MS);
  socket.on('error', () => {});
  const answer = await text(socket).catch(() => '');
  clearInterval(timer);
  socket.destroy();
  return { answer, ms: performance.now() - since };
}

describe('relay, clients that are slow on purpose', () => {
  it('get so long for their headers, however busily they send', async () => {
    let reached = 0;
    await using relay = await startForTests(() => void reached++, { limits: { headersTimeoutMs: LIMIT_MS } });
    const { answer, ms } = await drip(relay.port, 'GET /api/models/ HTTP/1.1\r\nHost: localhost\r\nX-A: ', 'a');
    expect(answer).toMatch(/^HTTP\/1\.1 408 [\s\S]*"request_timeout"/);
    expect([ms > LIMIT_MS, ms < GONE_MS, reached]).toEqual([true, true, 0]);
  });

  it.each([
    ['a length', 'Content-Length: 100000', 'x'],
    ['chunks', 'Transfer-Encoding: chunked', '1\r\nx\r\n'],
  ])('get so long for the whole of a body with %s, and the upstream is told', async (_what, framing, piece) => {
    const ends: string[] = [];
    const limits = { headersTimeoutMs: LIMIT_MS, requestTimeoutMs: LIMIT_MS };
    await using relay = await startForTests((req) => void req.resume().on('error', () => ends.push('error')), { limits });
    const { answer, ms } = await drip(relay.port, `POST /api/tasks/ HTTP/1.1\r\nHost: localhost\r\n${framing}\r\n\r\n`, piece);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(ms).toBeLessThan(GONE_MS);
    await until(() => ends.length === 1);
  });

  it('that follow a task and read nothing are cut, and what waits for them stays small', async () => {
    let sent = 0;
    let closed = false;
    await using relay = await startForTests(
      (_req, res) => {
        res.writeHead(200, { 'content-type': 'text/event-stream' });
        const event = `data: ${'x'.repeat(64 * 1024)}\n\n`;
        const more = () => {
          while (!res.destroyed && res.write(event)) sent += event.length;
          res.once('drain', more);
        };
        res.once('close', () => {
          closed = true;
        });
        more();
      },
      { limits: { idleTimeoutMs: LIMIT_MS } },
    );
    const socket = connect(relay.port, '127.0.0.1').on('error', () => {});
    socket.pause().write(`GET /api/v1/tasks/${TEST_UID}/events HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await until(() => closed);
    // What the buffers of two connections on loopback hold.
    expect(sent).toBeLessThan(64 * 1024 * 1024);
    socket.destroy();
  });
});

describe('relay, floods over one connection', () => {
  it('of one header that never ends: refused once it is over the limit', async () => {
    await using relay = await startForTests(() => {});
    expect(await raw(relay.port, `GET /livez HTTP/1.1\r\nHost: localhost\r\nX-A: ${'a'.repeat(20_000)}`)).toMatch(
      /^HTTP\/1\.1 431 [\s\S]*"headers_too_large"/,
    );
  });

  it('of trailers that never end: refused, and the upload does not look whole', async () => {
    const ends: string[] = [];
    let bytes = 0;
    await using relay = await startForTests((req) => {
      req.on('error', () => ends.push('error')).on('end', () => ends.push('end'));
      req.on('data', (piece: Buffer) => {
        bytes += piece.length;
      });
    });
    const socket = connect(relay.port, '127.0.0.1').on('error', () => {});
    const answer = text(socket);
    socket.write('POST /api/tasks/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n');
    await until(() => bytes === 5);
    socket.write(`0\r\n${'X-A: 1\r\n'.repeat(10_000)}`);
    expect(await answer).toMatch(/^HTTP\/1\.1 431 /);
    await until(() => ends.length === 1);
    expect(ends).toEqual(['error']);
  });

  it('of requests to its own pages: cut, not answered ten thousand times', async () => {
    await using relay = await startForTests(() => {});
    const socket = connect(relay.port, '127.0.0.1').on('error', () => {});
    let answered = 0;
    socket.on('data', (bytes) => {
      answered += String(bytes).match(/HTTP\/1\.1 \d/g)?.length ?? 0;
    });
    socket.write('GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(10_000));
    await until(() => socket.destroyed);
    expect(answered).toBeLessThanOrEqual(16);
  });
});
