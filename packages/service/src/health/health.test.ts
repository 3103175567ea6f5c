import { FakeClock } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLog } from '../log.ts';
import type { Component, ComponentState } from './component.ts';
import { createHealthServer } from './create-health-server.ts';
import { Health } from './health.ts';

/** A component whose answer a test decides, and how often it was asked. */
function component(name: string, needed = true) {
  let asked = 0;
  let answer: () => Promise<ComponentState> = async () => ({ ok: true, text: 'Fine.' });
  const watched: Component = {
    name,
    needed,
    check: () => {
      asked += 1;
      return answer();
    },
  };
  return {
    watched,
    asked: () => asked,
    answers: (next: () => Promise<ComponentState>) => {
      answer = next;
    },
  };
}

function setup() {
  const clock = new FakeClock();
  const lines: Record<string, unknown>[] = [];
  const log = createLog({ level: 'info', destination: { write: (line: string) => void lines.push(JSON.parse(line)) } });
  return { clock, lines, health: new Health({ clock, log }) };
}

describe('health', () => {
  it('is ready from the start of serving until draining begins', async () => {
    const { health } = setup();
    expect(await health.report()).toEqual({ ready: false, phase: 'starting', components: [] });
    health.serving();
    expect((await health.report()).ready).toBe(true);
    health.draining();
    health.serving();
    expect(await health.report()).toMatchObject({ ready: false, phase: 'draining' });
  });

  it('is not ready without a component that is needed, and degraded without one that is not', async () => {
    const { health, clock } = setup();
    const [files, queue] = [component('files'), component('queue', false)];
    health.watch(files.watched, queue.watched);
    health.serving();
    queue.answers(async () => ({ ok: false, text: 'Away.' }));
    expect(await health.report()).toMatchObject({ ready: true, components: [{ state: 'ok' }, { state: 'degraded', text: 'Away.' }] });
    files.answers(async () => ({ ok: false, text: 'Gone.' }));
    clock.advance(1_000);
    expect(await health.report()).toMatchObject({ ready: false, components: [{ name: 'files', state: 'failed', text: 'Gone.' }, {}] });
  });

  it('looks at most once a second, however often it is asked', async () => {
    const { health, clock } = setup();
    const { watched, asked } = component('database');
    health.watch(watched);
    await Promise.all([health.report(), health.report()]);
    clock.advance(999);
    await health.report();
    expect(asked()).toBe(1);
    clock.advance(1);
    await health.report();
    expect(asked()).toBe(2);
  });

  it('waits three seconds for a component, and does not ask it again before it has answered', async () => {
    const { health, clock } = setup();
    const { watched, asked, answers } = component('database');
    const hang = Promise.withResolvers<ComponentState>();
    answers(() => hang.promise);
    health.watch(watched);
    const late = async () => {
      const report = health.report();
      // Its check has begun in the same turn.
      clock.advance(3_000);
      return (await report).components[0];
    };
    expect(await late()).toEqual({ name: 'database', state: 'failed', text: 'No answer within 3 s.' });
    expect(await late()).toMatchObject({ state: 'failed' });
    expect(asked()).toBe(1);
    hang.resolve({ ok: true, text: 'Back.' });
    await hang.promise;
    clock.advance(1_000);
    answers(async () => ({ ok: true, text: 'Back.' }));
    expect((await health.report()).components[0]).toMatchObject({ state: 'ok' });
  });

  it('tells nothing of an error, which may name hosts and passwords', async () => {
    const { health } = setup();
    const { watched, answers } = component('database');
    answers(async () => {
      throw new Error('no route to postgres://user:hunter2@10.0.0.1');
    });
    health.watch(watched);
    const [report] = (await health.report()).components;
    expect(report).toMatchObject({ state: 'failed' });
    expect(report?.text).not.toContain('hunter2');
  });

  it('logs when a component changes, once', async () => {
    const { health, clock, lines } = setup();
    const { watched, answers } = component('database');
    health.watch(watched);
    const look = async () => {
      clock.advance(1_000);
      await health.report();
    };
    await look();
    answers(async () => ({ ok: false, text: 'Away.' }));
    await look();
    await look();
    answers(async () => ({ ok: true, text: 'Fine.' }));
    await look();
    expect(lines.map(({ level, msg }) => [level, msg])).toEqual([
      [40, 'Away.'],
      [30, 'Fine.'],
    ]);
  });
});

describe('the health server', () => {
  async function served() {
    const { health } = setup();
    const { watched, answers } = component('database');
    health.watch(watched);
    const server = createHealthServer(health).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
    const { port } = server.address() as { port: number };
    const ask = async (path: string, method = 'GET') => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers: { connection: 'close' } });
      return { status: answer.status, body: await answer.text() };
    };
    return { health, answers, ask };
  }

  it('answers /livez whatever is the matter', async () => {
    const { ask } = await served();
    expect(await ask('/livez')).toEqual({ status: 200, body: '{"status":"ok"}' });
    expect(await ask('/livez', 'HEAD')).toEqual({ status: 200, body: '' });
  });

  it('answers /readyz with 200 or 503, and lists components only when it is asked to', async () => {
    const { health, ask } = await served();
    expect(await ask('/readyz')).toEqual({ status: 503, body: '{"ready":false}' });
    health.serving();
    expect(await ask('/readyz')).toEqual({ status: 200, body: '{"ready":true}' });
    expect(await ask('/readyz?verboser')).toEqual({ status: 200, body: '{"ready":true}' });
    const components = [{ name: 'database', state: 'ok', text: 'Fine.' }];
    for (const path of ['/readyz?verbose', '/readyz?verbose=1']) {
      expect(await ask(path)).toEqual({ status: 200, body: JSON.stringify({ ready: true, phase: 'serving', components }) });
    }
    health.draining();
    expect((await ask('/readyz')).status).toBe(503);
  });

  it('has nothing else', async () => {
    const { ask } = await served();
    expect((await ask('/')).status).toBe(404);
    expect((await ask('/readyz/')).status).toBe(404);
    expect((await ask('/livez', 'POST')).status).toBe(404);
  });
});
