import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FakeClock, until } from '@inference/testing';
import express, { type Response } from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { signsOfLife } from './signs-of-life.ts';

const RELAY = { 'x-relay-token': 'any' };

/** A server that answers when it is told to, over one connection. */
async function setup() {
  const clock = new FakeClock();
  const held: Response[] = [];
  const app = express().use(signsOfLife(clock), (_request, response) => void held.push(response));
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(async () => {
    agent.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  /** Asks; `signs` counts what came before the answer. */
  const ask = async (headers: Record<string, string>) => {
    const before = held.length;
    const asked = request({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, agent, headers });
    const state = { signs: 0, answer: once(asked, 'response') as Promise<[IncomingMessage]> };
    asked.on('information', ({ statusCode }) => {
      state.signs += statusCode === 102 ? 1 : 0;
    });
    asked.end();
    await until('the request to be there', () => held.length > before);
    return state;
  };
  const end = async ({ answer }: Awaited<ReturnType<typeof ask>>) => {
    held.at(-1)?.end('done');
    const [answered] = await answer;
    expect(String(await answered.toArray())).toBe('done');
  };
  return { clock, held, ask, end };
}

describe('signs of life for the relay', () => {
  it('come at once on a new connection, and every 10 seconds until the answer begins', async () => {
    const { clock, held, ask, end } = await setup();
    const first = await ask(RELAY);
    await until('the first', () => first.signs === 1);
    clock.advance(9_999);
    expect(first.signs).toBe(1);
    clock.advance(1);
    await until('the second', () => first.signs === 2);
    clock.advance(10_000);
    await until('the third', () => first.signs === 3);
    held.at(-1)?.write('half ');
    const [answer] = await first.answer;
    clock.advance(30_000);
    held.at(-1)?.end('done');
    expect(String(await answer.toArray())).toBe('half ,done');
    expect(first.signs).toBe(3);

    const next = await ask(RELAY);
    await end(next);
    expect(next.signs).toBe(0);
  });

  it('come to nobody else', async () => {
    const { clock, ask, end } = await setup();
    const asked = await ask({});
    clock.advance(60_000);
    await end(asked);
    expect(asked.signs).toBe(0);
  });
});
