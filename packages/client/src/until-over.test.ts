import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Http } from './http.ts';
import { untilOver } from './until-over.ts';

const PIECES_MAX = 1_000;

/** A body, and how many pieces of it were taken; one that nobody stops fails, rather than go on for ever. */
function source() {
  const state = { taken: 0, isClosed: false };
  async function* pieces() {
    try {
      for (; state.taken < PIECES_MAX; state.taken++) yield new Uint8Array(8);
    } finally {
      state.isClosed = true;
    }
    throw new Error(`all ${PIECES_MAX} pieces were taken`);
  }
  return { state, body: pieces() };
}

/** A server that answers once a body is over, and what it got. */
async function listening() {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(String(request.method));
    request.on('end', () => response.end('{}')).resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { requests, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe('a body that is passed on until its request is over', () => {
  it('is closed at the next piece, and breaks off rather than ends', async () => {
    const over = new AbortController();
    const { state, body } = source();
    const passed = untilOver(body, over.signal);
    await passed.next();
    over.abort(new Error('over'));
    await expect(passed.next()).rejects.toThrow('over');
    expect(state).toEqual({ taken: 1, isClosed: true });
  });

  it('is no whole body either where the request was over at its last piece', async () => {
    const over = new AbortController();
    async function* last() {
      yield new Uint8Array(8);
      over.abort(new Error('over'));
    }
    const passed = untilOver(last(), over.signal);
    await passed.next();
    await expect(passed.next()).rejects.toThrow('over');
  });

  it.each([0, 1, 3])(
    'whose source fails after %i pieces fails the request with that error, at once: it is not tried again',
    async (pieces) => {
      const { url, requests } = await listening();
      const fault = new RangeError('a fault of the source');
      async function* failing() {
        for (let at = 0; at < pieces; at++) yield new Uint8Array(8);
        throw fault;
      }
      const retries: Error[] = [];
      const http = new Http({ url, onRetry: (error) => void retries.push(error) });
      const asked = http.json({ method: 'POST', path: '/', body: failing, isRepeatable: true, limitMs: null });
      await expect(asked).rejects.toBe(fault);
      expect(retries).toEqual([]);
      expect(requests.length).toBeLessThanOrEqual(1);
    },
  );
});
