import { newId, systemClock } from '@inference/domain';
import { until } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { TaskFeeds } from '../../feed/task-feeds.ts';
import { createLocalNews } from '../../news/create-local-news.ts';
import { deleteTask } from '../../services/delete-task.ts';
import { finishAttempt } from '../../services/finish-attempt.ts';
import { keepLive } from '../../services/keep-live.ts';
import { follow } from '../../testing/follow.ts';
import { servePrivateApi } from '../../testing/serve-private-api.ts';
import { claimed, givenModel, givenTask, succeeded, TESTER, testDeps } from '../../testing/test-deps.ts';

const KEY = 'admin-key-of-the-tests-0123456789';
const ADMIN = { authorization: `Bearer ${KEY}` };
const NO_TAILS = { stdout: [], stderr: [] };

async function setup() {
  const made = await testDeps({ adminKey: KEY, legacyAnonymous: true });
  const news = createLocalNews(systemClock);
  const feeds = new TaskFeeds({ ...made, clock: systemClock, news });
  const deps = { ...made, clock: systemClock, news, feeds };
  await givenModel(deps);
  const uid = await givenTask(deps);
  const { url } = await servePrivateApi(deps);
  const attempt = await claimed(deps);
  let offset = 0;
  const print = async (text: string) => {
    await keepLive(deps, attempt, { pieces: [{ stream: 'stdout', offset, text, open: false }], progress: null });
    offset += Buffer.byteLength(text);
  };
  const open = (after?: string) => follow(url, uid, { headers: ADMIN, ...(after === undefined ? {} : { after }) });
  const end = async () => finishAttempt(deps, attempt, await succeeded(deps, attempt), NO_TAILS);
  return { deps, url, uid, attempt, print, open, end };
}

describe('following a task', () => {
  it('tells its state, its log and its progress as they come, and ends with it', async () => {
    const { deps, attempt, print, open, end } = await setup();
    await print('before\n');
    const client = await open();
    expect(client.status).toBe(200);
    expect(client.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    await until('what was printed before', () => client.log() === 'before\n');
    await print('while\n');
    await until('what is printed meanwhile', () => client.log() === 'before\nwhile\n');
    await keepLive(deps, attempt, { pieces: [], progress: { fraction: 0.5, text: 'half' } });
    await until('the progress', () => client.named('progress').length > 0);
    await print('last\n');
    await end();
    await until('the end', () => client.isOver());
    expect(client.raw().startsWith('retry: 2000\n\n')).toBe(true);
    expect(client.named('state').map(({ state }) => state)).toEqual(['running', 'succeeded']);
    expect(client.named('progress')).toEqual([{ fraction: 0.5, text: 'half' }]);
    expect(client.log()).toBe('before\nwhile\nlast\n');
    expect(client.heard.at(-1)).toMatchObject({ event: 'done', data: { state: 'succeeded', deleted: false } });
  });

  it('goes on after the last id that a client heard, and tells a client that heard the end to stop', async () => {
    const { print, open, end } = await setup();
    await print('one\n');
    const first = await open();
    await until('the log', () => first.log() === 'one\n');
    first.leave();
    await print('two\n');
    const second = await open(first.heard.at(-1)?.id);
    await until('the rest of the log', () => second.log() === 'two\n');
    expect(second.named('state')).toEqual([]);
    await end();
    await until('the end', () => second.isOver());
    expect((await open(second.heard.at(-1)?.id)).status).toBe(204);
    const late = await open();
    await until('the end again', () => late.isOver());
    expect([late.log(), late.heard.at(-1)?.event]).toEqual(['one\ntwo\n', 'done']);
  });

  it('reads the database once for all who follow a task', async () => {
    const { deps, open, print } = await setup();
    const clients = await Promise.all(Array.from({ length: 20 }, () => open()));
    await until('all to have joined', () => clients.every((client) => client.named('state').length === 1));
    let reads = 0;
    const { db } = deps;
    const ask = db.$queryRaw.bind(db);
    Object.assign(db, {
      $queryRaw: (strings: TemplateStringsArray, ...values: unknown[]) => {
        if (strings.join('').includes('progress_text AS')) reads += 1;
        return ask(strings, ...values);
      },
    });
    await print('hello\n');
    await until('all to have heard', () => clients.every((client) => client.log() === 'hello\n'));
    expect(reads).toBeLessThan(10);
  });

  it('brings a long log whole to a client that is slow', async () => {
    const { open, print, end } = await setup();
    const line = `${'x'.repeat(40_000)}\n`;
    for (let count = 0; count < 20; count++) await print(line);
    const slow = await open();
    slow.pause();
    setTimeout(slow.resume, 200);
    await until('the whole log', () => slow.log().length === 20 * line.length);
    expect(slow.named('gap')).toEqual([]);
    await end();
    await until('its end', () => slow.isOver());
  });

  it('ends when the server stops, and says that nothing is lost by coming again', async () => {
    const { deps, open, print } = await setup();
    await print('one\n');
    const client = await open();
    await until('the log', () => client.log() === 'one\n');
    deps.feeds.close();
    await until('the end', () => client.isOver());
    expect(client.heard.at(-1)).toMatchObject({ event: 'gap' });
    expect(client.heard.at(-1)?.id).toBe(client.heard.at(-2)?.id);
  });

  it('ends when the task is deleted', async () => {
    const { deps, uid, open } = await setup();
    const client = await open();
    await deleteTask(deps, uid, null, TESTER);
    await until('the end', () => client.isOver());
    expect(client.heard.at(-1)).toMatchObject({ event: 'done', data: { deleted: true } });
  });

  it('is for who may see the task only', async () => {
    const { deps, url, uid } = await setup();
    expect((await follow(url, uid)).status).toBe(401);
    const relayed = { 'x-relay-token': deps.settings.relayToken, 'x-caller': 'remote' };
    expect((await follow(url, uid, { headers: relayed })).status).toBe(401);
    expect((await follow(url, newId(), { headers: ADMIN })).status).toBe(404);
  });
});
