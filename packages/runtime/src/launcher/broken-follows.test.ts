import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { newId } from '@inference/domain';
import { FakeClock, testFolder, until } from '@inference/testing';
import { expect, it, onTestFinished } from 'vitest';
import { Recorder } from '../testing/recorder.ts';
import { testModel, testOrder } from '../testing/test-order.ts';
import { createLauncherRuntime } from './create-launcher-runtime.ts';

/** A launcher that answers is given so long at most before the run counts as failed, in milliseconds. */
const GIVEN_UP_MS = 600_000;
/** Steps of the clock, in milliseconds: so small that no answer counts as late. */
const STEP_MS = 100;
/** A follow of so long, in milliseconds, is too short to say that the launcher was back, but longer than it may be away for a stop. */
const SHORT_FOLLOW_MS = 35_000;
/** Follows of so long, in milliseconds, and so many, that they are longer than a launcher may be away for. */
const FOLLOW_MS = 60_000;
const FOLLOWS = 4;

const BEGUN = '{"kind":"begun"}\n';
const DONE = '{"kind":"end","end":{"kind":"done","warnings":[]}}\n';

/** A launcher that says that it is well, and breaks off what it was told to run; how it follows a model, a test says. */
async function launcherThatFollows(follow: (response: ServerResponse) => void) {
  const clock = new FakeClock();
  const socketPath = join(await testFolder(), 'broken.sock');
  const server = createServer((request, response) => {
    const isLong = request.url === '/run' || request.url === '/follow';
    response.writeHead(200).write(isLong ? BEGUN : '{"ok":true}');
    if (request.url === '/follow') follow(response);
    else if (!isLong) response.end();
    else setImmediate(() => response.destroy());
  });
  server.listen(socketPath);
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const stop = new AbortController();
  const runtime = createLauncherRuntime({ socketPath, consumer: 'consumer-1', clock, newId });
  const order = await testOrder({ model: testModel({ kind: 'image', image: 'any:1' }), script: '' });
  let isOver = false;
  const running = runtime.run(order, 'any:1', new Recorder(), stop.signal).finally(() => {
    isOver = true;
  });
  /** Lets the clock go by for so long, in milliseconds, or until the run is over. */
  const pass = async (ms: number) => {
    for (let gone = 0; gone < ms && !isOver; gone += STEP_MS) {
      clock.advance(STEP_MS);
      await new Promise(setImmediate);
    }
  };
  return { stop, running, pass };
}

it.each([
  { what: 'runs', isStopped: false, limit: '120 s' },
  { what: 'is to be stopped', isStopped: true, limit: '30 s' },
])('gives up a launcher that answers and breaks off each follow of a model that $what', async ({ isStopped, limit }) => {
  let follows = 0;
  const { stop, running, pass } = await launcherThatFollows((response) => {
    follows += 1;
    if (isStopped) stop.abort();
    setImmediate(() => response.destroy());
  });
  await pass(GIVEN_UP_MS);
  expect(follows).toBeGreaterThan(1);
  expect(await Promise.race([running, 'still followed'])).toMatchObject({
    kind: 'failed',
    failure: { class: 'infrastructure', reason: expect.stringContaining(limit) },
    mayLive: true,
  });
});

it('goes on with a model whose launcher goes away time and again, but follows it for a while each time', async () => {
  const follows: ServerResponse[] = [];
  const { running, pass } = await launcherThatFollows((response) => follows.push(response));
  for (let at = 0; at < FOLLOWS; at += 1) {
    await until('the model to be followed', async () => {
      await pass(STEP_MS);
      return follows.length > at;
    });
    await pass(FOLLOW_MS);
    if (at + 1 < FOLLOWS) follows[at]?.destroy();
    else follows[at]?.end(DONE);
  }
  expect(await running).toMatchObject({ kind: 'done' });
});

it.each([
  { what: 'ended meanwhile', line: DONE, end: { kind: 'stopped' } },
  { what: 'is gone, as far as is known', line: '{"kind":"gone"}\n', end: { kind: 'stopped', mayLive: true } },
])('gives a launcher that goes away as a model is to be stopped its time from then on: one that $what', async ({ line, end }) => {
  const follows: ServerResponse[] = [];
  const { stop, running, pass } = await launcherThatFollows((response) => follows.push(response));
  const followed = (times: number) =>
    until('the model to be followed', async () => {
      await pass(STEP_MS);
      return follows.length === times;
    });
  await followed(1);
  await pass(SHORT_FOLLOW_MS);
  stop.abort();
  follows[0]?.destroy();
  await followed(2);
  follows[1]?.end(line);
  expect(await running).toEqual(end);
});
