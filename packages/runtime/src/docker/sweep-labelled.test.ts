import { createServer } from 'node:http';
import { join } from 'node:path';
import { FakeClock, testFolder, until } from '@inference/testing';
import { expect, it, onTestFinished } from 'vitest';
import { Daemon } from './daemon.ts';
import { sweepLabelled } from './sweep-labelled.ts';

/** An engine with one container, which it says so often that it is removing already: a real one does for moments only. */
async function engine(removingFor: number) {
  const socketPath = join(await testFolder(), 'docker.sock');
  let asked = 0;
  const server = createServer((request, response) => {
    if (request.method !== 'DELETE') return response.end(JSON.stringify([{ Id: 'c', Labels: {} }]));
    asked += 1;
    response.statusCode = asked <= removingFor ? 409 : 404;
    return response.end(JSON.stringify({ message: 'removal of container c is already in progress' }));
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  onTestFinished(() => void server.close());
  const clock = new FakeClock();
  const sweep = sweepLabelled({ daemon: new Daemon({ socketPath }, clock), clock }, {}, () => true);
  let end: unknown = null;
  sweep.then(
    (gone) => {
      end = gone;
    },
    (error: unknown) => {
      end = error;
    },
  );
  const passed = () =>
    until('the end of the sweep', () => {
      clock.advance(500);
      return end !== null;
    });
  return { asked: () => asked, end: () => end, passed };
}

it('waits for a container that the engine is removing already: what it ran may live until then', async () => {
  const { asked, end, passed } = await engine(2);
  await until('the first try', () => asked() === 1);
  expect(end()).toBeNull();
  await passed();
  expect([asked(), end()]).toEqual([3, 0]);
});

it('fails where that takes too long, so that nobody takes it for gone', async () => {
  const { asked, end, passed } = await engine(Number.POSITIVE_INFINITY);
  await passed();
  expect([asked(), end()]).toEqual([20, expect.objectContaining({ message: 'Docker has not removed a container yet.' })]);
});
