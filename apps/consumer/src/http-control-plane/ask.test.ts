import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CONSUMER_ROUTES } from '@inference/contracts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { Api } from './api.ts';
import { ask } from './ask.ts';
import { tcpProxy } from './testing/tcp-proxy.ts';

/** Long enough for an answer on a busy machine, in milliseconds. */
const TIMEOUT_MS = 2_000;

async function setup() {
  const server = createServer((_request, response) => void setTimeout(() => response.end('{}'), 20));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy = await tcpProxy((server.address() as AddressInfo).port);
  const api = new Api(proxy.url, 'any');
  onTestFinished(async () => {
    api.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const hello = () =>
    ask(api, { route: CONSUMER_ROUTES.hello, values: { consumerId: 'c1' }, message: {}, timeoutMs: TIMEOUT_MS }, z.unknown());
  return { proxy, hello };
}

describe('a message to a private API', () => {
  it('that falls silent costs one time-out, not one for each kept connection', async () => {
    const { proxy, hello } = await setup();
    await Promise.all([hello(), hello(), hello()]);
    expect(proxy.count()).toBe(3);
    proxy.holdOpenConnections();
    await expect(hello()).rejects.toMatchObject({ name: 'Outage' });
    await hello();
    expect(proxy.count()).toBe(4);
  });
});
