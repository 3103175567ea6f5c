import { createHash, randomBytes } from 'node:crypto';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startForTests, TEST_UID, until } from './start-for-tests.ts';

const MIB = 1024 * 1024;
const PATH = `/api/tasks/${TEST_UID}`;

/** Answers with so many bytes, as fast as they are taken; `sent` counts them. */
function endless(bytesMax: number) {
  const state = { sent: 0, closed: false };
  const chunk = Buffer.alloc(MIB);
  const answer = (_req: IncomingMessage, res: ServerResponse) => {
    res.setHeader('content-length', bytesMax);
    res.on('close', () => {
      state.closed = true;
    });
    const send = () => {
      while (state.sent < bytesMax && !res.destroyed) {
        state.sent += MIB;
        if (!res.write(chunk)) return void res.once('drain', send);
      }
      res.end();
    };
    send();
  };
  return { state, answer };
}

async function download(port: number): Promise<IncomingMessage> {
  return await new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: PATH, agent: false }, resolve).on('error', reject).end();
  });
}

describe('relay, downloads', () => {
  it('pass through unchanged', async () => {
    const body = randomBytes(5 * MIB + 1);
    await using relay = await startForTests((_req, res) => void res.end(body));
    const hash = createHash('sha256');
    for await (const chunk of await download(relay.port)) hash.update(chunk);
    expect(hash.digest('hex')).toBe(createHash('sha256').update(body).digest('hex'));
  });

  it('are held up by a client that does not read, and go on when it does', async () => {
    const { state, answer } = endless(64 * MIB);
    await using relay = await startForTests(answer);
    const res = await download(relay.port);
    let last = -1;
    let since = 0;
    await until(() => {
      if (state.sent !== last) since = performance.now();
      last = state.sent;
      return performance.now() - since > 300;
    });
    expect(state.sent).toBeLessThan(64 * MIB);
    let bytes = 0;
    for await (const chunk of res) bytes += chunk.length;
    expect(bytes).toBe(64 * MIB);
  });

  it('end at the upstream when the client goes away', async () => {
    const { state, answer } = endless(1024 * MIB);
    await using relay = await startForTests(answer);
    const res = await download(relay.port);
    res.destroy();
    await until(() => state.closed);
    expect(state.sent).toBeLessThan(1024 * MIB);
  });

  it('are cut when the client stops reading for too long', async () => {
    const { state, answer } = endless(1024 * MIB);
    await using relay = await startForTests(answer, { limits: { idleTimeoutMs: 100 } });
    const socket = connect(relay.port, '127.0.0.1').on('error', () => {});
    socket.pause();
    socket.write(`GET ${PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await until(() => state.closed);
    expect(state.sent).toBeLessThan(1024 * MIB);
    socket.destroy();
  });

  it('wait for an upstream that pauses longer than a client may', async () => {
    await using relay = await startForTests((_req, res) => void res.write('first', () => setTimeout(() => res.end('last'), 1_500)), {
      limits: { idleTimeoutMs: 500 },
    });
    let body = '';
    for await (const chunk of await download(relay.port)) body += chunk;
    expect(body).toBe('firstlast');
  });
});
