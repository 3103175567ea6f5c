import { Agent, createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { until } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { closeServer } from './close-server.ts';

/** A server that holds each answer back until the test gives it, and a client that keeps its connection. */
async function setup() {
  const held: ServerResponse[] = [];
  const server = createServer((_request, response) => void held.push(response)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const ask = () =>
    new Promise<IncomingMessage>((resolve, reject) => {
      get({ host: '127.0.0.1', port, agent }, (answer) => resolve(answer.resume())).on('error', reject);
    });
  const arrived = (count: number) => until(`request ${count} to arrive`, () => held[count - 1]);
  return { server, ask, arrived };
}

describe('closeServer', () => {
  it('lets a request under way end, then closes its connection', async () => {
    const { server, ask, arrived } = await setup();
    const answer = ask();
    const response = await arrived(1);
    const closed = closeServer(server, 60_000);
    response.end('whole');
    expect((await answer).statusCode).toBe(200);
    await closed;
    await expect(ask()).rejects.toThrow(/ECONNREFUSED|hang up/);
  });

  it('closes a connection that brings one request after the other with the answer to the next', async () => {
    const { server, ask, arrived } = await setup();
    const first = ask();
    const second = ask();
    const response = await arrived(1);
    const closed = closeServer(server, 60_000);
    // Both on one connection, and the next request is sent as soon as the answer is there.
    response.end();
    await first;
    const gone = second.then(
      () => null,
      () => null,
    );
    const next = await Promise.race([arrived(2), gone]);
    next?.end();
    await closed;
    if (next !== null) expect((await second).headers.connection).toBe('close');
  });

  it('waits for no connection that is kept open without a request', async () => {
    const { server, ask, arrived } = await setup();
    const first = ask();
    (await arrived(1)).end();
    await first;
    await closeServer(server, 60_000);
  });

  it('cuts what is under way when its time is over', async () => {
    const { server, ask, arrived } = await setup();
    const answer = ask();
    answer.catch(() => {});
    await arrived(1);
    await closeServer(server, 50);
    await expect(answer).rejects.toThrow(/hang up|ECONNRESET/);
  });
});
