import { createLog } from '@inference/service';
import { until } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { ask, raw, startForTests, TEST_UID } from './start-for-tests.ts';
import { trustedProxies } from './trusted-proxies.ts';

function recorder() {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const line = (index = 0) => until(`line ${index + 1} of the log`, () => lines[index]);
  return { log: createLog({ level: 'info', destination }), lines, line };
}

describe('the line that a request leaves in the log of the relay', () => {
  it('says what was asked, by the pattern of the route, who asked, and what came of it', async () => {
    const { log, line } = recorder();
    await using relay = await startForTests((_req, res) => res.writeHead(551).end(), { log, trusted: trustedProxies.parse('127.0.0.1') });
    const headers = { 'x-forwarded-for': '203.0.113.9' };
    const { headers: answered } = await ask(relay.port, `/api/tasks/${TEST_UID}?status=x`, { headers });
    expect(await line()).toEqual({
      level: 30,
      time: expect.any(Number),
      requestId: answered['x-request-id'],
      client: '203.0.113.9',
      route: '/api/tasks/{uid}',
      taskUid: TEST_UID,
      method: 'GET',
      status: 551,
      ms: expect.any(Number),
      msg: 'request',
    });
  });

  it('is written for what is refused, without the path that was asked for', async () => {
    const { log, line } = recorder();
    await using relay = await startForTests(() => {}, { log });
    await ask(relay.port, '/secret-path?key=secret-key');
    expect(await line()).toMatchObject({ route: null, status: 404 });
    expect(JSON.stringify(await line())).not.toContain('secret');
  });

  it('says that an answer did not go out whole', async () => {
    const { log, lines } = recorder();
    await using relay = await startForTests(
      (_req, res) => void res.writeHead(200, { 'content-length': 10 }).write('half', () => res.destroy()),
      { log },
    );
    await raw(relay.port, `GET /api/tasks/${TEST_UID} HTTP/1.1\r\nHost: localhost\r\n\r\n`).catch(() => {});
    const line = await until('its line', () => lines.find(({ msg }) => msg === 'request'));
    expect(line).toMatchObject({ status: 200, cut: true });
  });

  it('is left out for health checks', async () => {
    const { log, lines, line } = recorder();
    await using relay = await startForTests((_req, res) => res.end('[]'), { log });
    for (const path of ['/livez', '/readyz', '/api/models/']) await ask(relay.port, path);
    await until('the line of the last', () => lines.some(({ route }) => route === '/api/models/'));
    // It is not ready, as nobody has said that it serves: what fails is told.
    expect(await line()).toMatchObject({ route: '/readyz', status: 503 });
    expect(lines).toHaveLength(2);
  });

  it('is one line of bounded length, whatever the client sends', async () => {
    const { log, lines } = recorder();
    await using relay = await startForTests((_req, res) => res.end('[]'), { log });
    const hostile = `"}${'x'.repeat(3_000)}{"level":60}`;
    await ask(relay.port, '/api/models/', {
      headers: { 'x-request-id': hostile, 'user-agent': hostile, 'x-forwarded-for': hostile, referer: hostile },
    });
    const line = await until('its line', () => lines.find(({ msg }) => msg === 'request'));
    expect(JSON.stringify(line).length).toBeLessThan(300);
  });
});
