import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RELAY_LIMITS } from './relay-limits.ts';
import { createUpstreamAgent, UPSTREAM_IDLE_MS } from './upstream-agent.ts';

async function setup() {
  const server = createServer((_request, response) => response.end('[]'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const agent = createUpstreamAgent(RELAY_LIMITS);
  onTestFinished(() => {
    agent.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  const { port } = server.address() as AddressInfo;
  /** Sends a request and answers the socket it went over, as it was while the request was under way. */
  const ask = () =>
    new Promise<{ timeout: number | undefined; localPort: number | undefined }>((resolve, reject) => {
      const request = get({ host: '127.0.0.1', port, agent }, (answer: IncomingMessage) => {
        const { timeout, localPort } = answer.socket;
        answer.resume().once('close', () => setImmediate(() => resolve({ timeout, localPort })));
      });
      request.once('error', reject);
    });
  return { ask, kept: () => Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? []) };
}

describe('a connection to the private API', () => {
  it('is used again, and has no time limit of its own while a request is under way', async () => {
    const { ask } = await setup();
    const first = await ask();
    const second = await ask();
    expect(second.localPort).toBe(first.localPort);
    expect(second.timeout ?? 0).toBe(0);
  });

  it('is given up by the relay when it was idle for a while, before the other side would close it', async () => {
    const { ask, kept } = await setup();
    await ask();
    expect(kept().map((socket) => socket.timeout)).toEqual([UPSTREAM_IDLE_MS]);
    kept()[0]?.emit('timeout');
    await new Promise(setImmediate);
    expect(kept()).toHaveLength(0);
  });
});
