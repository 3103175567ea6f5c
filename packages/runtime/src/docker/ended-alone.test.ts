import { createServer } from 'node:http';
import { join } from 'node:path';
import { systemClock } from '@inference/domain';
import { testFolder } from '@inference/testing';
import type Docker from 'dockerode';
import { expect, it, onTestFinished } from 'vitest';
import { Daemon } from './daemon.ts';
import { endedAlone } from './ended-alone.ts';

const AT = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
const LIFE = { created: AT(9), started: AT(10), finished: AT(20) };
const DIE = { Action: 'die' };
const KILL = { Action: 'kill', Actor: { Attributes: { signal: '15' } } };

/** An engine for the running test that remembers these events, and was started then; null: it has no default network. */
async function alone(events: readonly object[], upSince: string | null): Promise<boolean> {
  const socketPath = join(await testFolder(), 'engine.sock');
  const server = createServer((request, response) => {
    if (request.url?.includes('/events')) response.end(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    else if (upSince !== null && request.url?.includes('/networks/bridge')) response.end(JSON.stringify({ Created: upSince }));
    else response.writeHead(404).end('{"message":"no such network"}');
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  onTestFinished(() => void server.close());
  return await endedAlone({ id: 'a' } as Docker.Container, LIFE, new Daemon({ socketPath }, systemClock));
}

it('is what a container did that ended once, and was sent no signal to end, whenever the engine was started', async () => {
  expect([await alone([DIE], AT(0)), await alone([DIE], null)]).toEqual([true, true]);
  expect([await alone([KILL, DIE], AT(0)), await alone([KILL], AT(0)), await alone([DIE, DIE], AT(0))]).toEqual([false, false, false]);
});

it('is what one did whose end the engine has forgotten, and not where it was started since: it may have ended it', async () => {
  expect([await alone([], AT(0)), await alone([], AT(11)), await alone([], null)]).toEqual([true, false, false]);
});
