import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ask, startForTests, TEST_UID, until } from './start-for-tests.ts';

const PATH = `/api/tasks/${TEST_UID}`;
const SILENT_MS = 300;
const SIGN_MS = 200;
const LIMITS = { upstreamSilentMs: SILENT_MS };
const MIB = 1024 * 1024;
const SIDE_BY_SIDE = 3;

/** An upstream that gives a sign of life on each new connection, and then says nothing on those that have died meanwhile. */
function mortal() {
  const connections = new Set<Socket>();
  const dead = new Set<Socket>();
  const held: ServerResponse[] = [];
  const answer = ({ socket }: IncomingMessage, res: ServerResponse) => {
    if (dead.has(socket)) return;
    if (!connections.has(socket)) res.writeProcessing();
    connections.add(socket);
    held.push(res);
    // Held until all have come, so that requests side by side have connections of their own.
    if (connections.size >= SIDE_BY_SIDE) for (const each of held.splice(0)) each.end('[]');
  };
  const die = () => {
    for (const socket of connections) dead.add(socket);
  };
  return { connections, answer, die };
}

async function response(port: number, path: string): Promise<IncomingMessage> {
  return await new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, agent: false }, resolve).on('error', reject).end();
  });
}

describe('relay, an upstream that falls silent', () => {
  it.each(['GET', 'POST'])('is given up, and asked on a new connection next: no other kept one is trusted (%s)', async (method) => {
    const { connections, answer, die } = mortal();
    await using relay = await startForTests(answer, { limits: LIMITS });
    const [asked, body] = method === 'GET' ? [PATH, ''] : ['/api/tasks/', 'zip'];
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, () => ask(relay.port, PATH)));
    expect(connections.size).toBe(SIDE_BY_SIDE);
    die();
    const refused = await ask(relay.port, asked, { method, body });
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '5']);
    expect((await ask(relay.port, asked, { method, body })).status).toBe(200);
    expect(connections.size).toBe(SIDE_BY_SIDE + 1);
  });

  it('is waited for as long as it gives signs of life', async () => {
    await using relay = await startForTests(
      (_req, res) => {
        let signs = 0;
        const give = setInterval(() => {
          res.writeProcessing();
          if (++signs < 20) return;
          clearInterval(give);
          res.end('[]');
        }, SIGN_MS);
      },
      // As long as ten signs take, of twenty: a process that stands still for a moment misses some.
      { limits: { upstreamSilentMs: 10 * SIGN_MS } },
    );
    expect((await ask(relay.port, '/api/tasks/', { method: 'POST', body: 'zip' })).status).toBe(200);
  });

  it('is waited for where it has never given one, as an older one does', async () => {
    await using relay = await startForTests((_req, res) => void setTimeout(() => res.end('[]'), 3 * SILENT_MS), { limits: LIMITS });
    expect((await ask(relay.port, PATH)).status).toBe(200);
  });

  it('has its answer cut when nothing more comes of it', async () => {
    await using relay = await startForTests(
      (_req, res) => {
        res.writeProcessing();
        res.writeHead(200, { 'content-type': 'text/event-stream' }).write('retry: 2000\n\n');
      },
      { limits: LIMITS },
    );
    const answer = await response(relay.port, `/api/v1/tasks/${TEST_UID}/events`);
    await expect(answer.toArray()).rejects.toThrow('aborted');
  });

  it('is not blamed for a client that takes nothing', async () => {
    await using relay = await startForTests(
      (_req, res) => {
        res.writeProcessing();
        res.end(Buffer.alloc(64 * MIB));
      },
      { limits: LIMITS },
    );
    const answer = await response(relay.port, PATH);
    const since = performance.now();
    await until(() => performance.now() - since > 4 * SILENT_MS);
    let bytes = 0;
    for await (const chunk of answer) bytes += chunk.length;
    expect(bytes).toBe(64 * MIB);
  });
});
