import type { AddressInfo } from 'node:net';
import { problemSchema } from '@inference/contracts';
import { systemClock } from '@inference/domain';
import { createLog, Health } from '@inference/service';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createFrontDoor } from './front-door.ts';

async function setup() {
  const door = createFrontDoor(new Health({ clock: systemClock, log: createLog({ level: 'silent' }) }));
  await new Promise<void>((resolve) => door.server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise((resolve) => door.server.close(() => resolve())));
  const { port } = door.server.address() as AddressInfo;
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${port}${path}`, { ...init, headers: { connection: 'close', ...init.headers } });
  return { door, ask };
}

describe('the private API while it starts', () => {
  it('answers below /api/v1 with a problem that says when to come again', async () => {
    const { ask } = await setup();
    const answer = await ask('/api/v1/tasks?limit=1', { headers: { 'x-request-id': 'from-the-relay' } });
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('retry-after')]).toEqual([
      503,
      'application/problem+json',
      '5',
    ]);
    const problem = problemSchema.parse(await answer.json());
    expect(problem).toMatchObject({ code: 'unavailable', instance: '/api/v1/tasks', request_id: 'from-the-relay' });
    expect(problem.detail).toMatch(/starting: try again/);
    const strange = await ask('/api/v1/me', { headers: { 'x-request-id': 'a b' } });
    expect(problemSchema.parse(await strange.json()).request_id).toMatch(/^[\w-]{43}$/);
    expect(await (await ask('/api/v1/me', { method: 'HEAD' })).text()).toBe('');
  });

  it('answers elsewhere as the legacy routes do, and health checks as always', async () => {
    const { door, ask } = await setup();
    const answer = await ask('/api/tasks/', { method: 'POST', body: 'x' });
    expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toEqual([
      503,
      '5',
      { detail: 'The server is starting: try again in a few seconds.', code: 'unavailable' },
    ]);
    expect([(await ask('/livez')).status, (await ask('/readyz')).status]).toEqual([200, 503]);
    door.open((_request, response) => void response.end('open'));
    expect(await (await ask('/api/v1/tasks')).text()).toBe('open');
  });
});
