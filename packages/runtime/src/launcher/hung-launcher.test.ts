import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { newId } from '@inference/domain';
import { FakeClock, testFolder, until } from '@inference/testing';
import { expect, it, onTestFinished } from 'vitest';
import { Recorder } from '../testing/recorder.ts';
import { testModel, testOrder } from '../testing/test-order.ts';
import { createLauncherRuntime } from './create-launcher-runtime.ts';
import { ALIVE_EVERY_MS } from './launcher-client.ts';

/** Time that a launcher which hangs is given at most before the run counts as failed, in milliseconds. */
const GIVEN_UP_MS = 600_000;
const STEP_MS = 1_000;

/** A launcher that begins to run what it is told to, and then says nothing any more. */
async function hungLauncher() {
  const asked: string[] = [];
  const socketPath = join(await testFolder(), 'hung.sock');
  const server = createServer((request: IncomingMessage, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/run') response.writeHead(200).write('{"kind":"begun"}\n');
  });
  server.listen(socketPath);
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { socketPath, asked };
}

it('ends a run as a fault of the machine when its launcher hangs, and says that the model may live', async () => {
  const { socketPath, asked } = await hungLauncher();
  const clock = new FakeClock();
  const runtime = createLauncherRuntime({ socketPath, consumer: 'consumer-1', clock, newId });
  const order = await testOrder({ model: testModel({ kind: 'image', image: 'any:1' }), script: '' });
  let isOver = false;
  const running = runtime.run(order, 'any:1', new Recorder(), new AbortController().signal).finally(() => {
    isOver = true;
  });
  await until('the run to be asked for', () => asked.includes('/run'));
  clock.advance(ALIVE_EVERY_MS);
  await until('the launcher to be asked whether it lives', () => asked.includes('/check'));
  for (let gone = 0; gone < GIVEN_UP_MS && !isOver; gone += STEP_MS) {
    clock.advance(STEP_MS);
    await new Promise(setImmediate);
  }
  expect(await running).toMatchObject({ kind: 'failed', failure: { class: 'infrastructure' }, mayLive: true });
});
