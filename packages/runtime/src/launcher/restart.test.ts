import { join } from 'node:path';
import { newId, systemClock } from '@inference/domain';
import { FakeClock, has, testFolder, until } from '@inference/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ModelRuntime, RunOrder } from '../model-runtime.ts';
import { busyboxImage, type TestImage } from '../testing/busybox-image.ts';
import { docker } from '../testing/docker.ts';
import { aMarker, livingProcesses } from '../testing/living-processes.ts';
import { Recorder } from '../testing/recorder.ts';
import { CONSUMER, TestLauncher } from '../testing/test-launcher.ts';
import { testModel, testOrder } from '../testing/test-order.ts';
import { createLauncherRuntime } from './create-launcher-runtime.ts';
import { AWAY_LIMIT_MS } from './follow-again.ts';

const never = new AbortController().signal;
/** Models wait for this file before they go on. */
const UNTIL_GO = 'while [ ! -e /output/go ]; do sleep 0.1; done';

/** More than the engine takes here for a command in a container, in milliseconds. */
const LONG_GRACE_MS = 30_000;

describe.skipIf(!has('docker', 'busybox'))('a launcher that goes away', () => {
  let image: TestImage;
  let launcher: TestLauncher;
  beforeAll(async () => {
    image = await busyboxImage('CMD ["sh", "/input/run.sh"]');
  });
  afterAll(() => image?.remove());
  beforeEach(async () => {
    launcher = await TestLauncher.open();
  });
  afterEach(() => launcher.close());

  async function prepared(runtime: ModelRuntime, script: string): Promise<RunOrder> {
    const order = await testOrder({ model: testModel({ kind: 'image', image: image.name }), script, workFolder: launcher.consumerFolder });
    expect(await runtime.prepare(order, new Recorder(), never)).toMatchObject({ kind: 'ready' });
    return order;
  }

  async function containerOf({ taskUid }: RunOrder): Promise<string> {
    // A model may have printed before the engine knows that it runs.
    return docker('ps', '-aq', '--filter', `label=inference-server.task=${taskUid}`);
  }

  it('does not end a model: the consumer goes on with it once the launcher is back, and hears nothing twice', async () => {
    const runtime = launcher.runtime();
    const order = await prepared(runtime, `echo up; echo early >&2; ${UNTIL_GO}; echo late; exit 3`);
    const said = new Recorder();
    const running = runtime.run(order, image.name, said, never);
    await until('the model to be up', () => said.stdout.includes('up') && said.stderr.includes('early'));
    const container = await containerOf(order);
    await launcher.kill();
    expect(await runtime.check()).toEqual({ ok: false, reason: expect.stringContaining('The launcher is not reachable') });
    await docker('exec', container, 'touch', '/output/go');
    await docker('wait', container);
    await launcher.start();
    expect(await running).toMatchObject({
      kind: 'failed',
      failure: { class: 'model_error', exitCode: 3, reason: expect.stringContaining('early') },
    });
    expect([said.stdout, said.stderr]).toEqual(['up\nlate\n', 'early\n']);
    expect(await runtime.sweep([order])).toBe(0);
    await runtime.release(order);
    expect(await containerOf(order)).toBe('');
  });

  it('stops a model once it is back that was to be stopped meanwhile', async () => {
    const runtime = launcher.runtime();
    const marker = aMarker();
    const order = await prepared(runtime, `trap "" TERM; echo up; while true; do sleep ${marker}; done`);
    const [said, stop] = [new Recorder(), new AbortController()];
    const running = runtime.run(order, image.name, said, stop.signal);
    await until('the model to be up', () => said.stdout.includes('up'));
    await launcher.kill();
    stop.abort();
    await launcher.start();
    expect(await running).toMatchObject({ kind: 'stopped' });
    expect(await livingProcesses(marker)).toEqual([]);
    await runtime.release(order);
  });

  it.each([0, 1])('takes no end of a model for its own that it had told to end, and that ended with %i while it was away', async (code) => {
    await launcher.close();
    // A model that is given no time would be killed before it has ended.
    launcher = await TestLauncher.open({ stopGraceMs: LONG_GRACE_MS });
    const runtime = launcher.runtime();
    const order = await prepared(runtime, `trap "echo told; ${UNTIL_GO}; exit ${code}" TERM; echo up; while true; do sleep 0.1; done`);
    const [said, stop] = [new Recorder(), new AbortController()];
    const running = runtime.run(order, image.name, said, stop.signal);
    await until('the model to be up', () => said.stdout.includes('up'));
    stop.abort();
    await until('the model to be told', () => said.stdout.includes('told'));
    const container = await containerOf(order);
    await launcher.kill();
    await docker('exec', container, 'touch', '/output/go');
    expect(await docker('wait', container)).toBe(`${code}`);
    await launcher.start();
    expect(await running).toMatchObject({ kind: 'stopped' });
    await runtime.release(order);
  });

  it('blames no model when it does not come back', async () => {
    const clock = new FakeClock();
    const runtime = createLauncherRuntime({ socketPath: launcher.socketPath, consumer: CONSUMER, clock, newId });
    const order = await prepared(runtime, 'echo up; sleep 600');
    const said = new Recorder();
    const running = runtime.run(order, image.name, said, never);
    await until('the model to be up', () => said.stdout.includes('up'));
    await launcher.kill();
    const ended = Promise.race([running.then(() => true), systemEventually(clock)]);
    expect(await ended).toBe(true);
    expect(await running).toMatchObject({
      kind: 'failed',
      failure: { class: 'infrastructure', reason: expect.stringContaining('120 s') },
      mayLive: true,
    });
    await launcher.start();
    expect(await runtime.sweep([])).toBe(1);
  });

  it('prepares anew what it was told to run by a launcher before it', async () => {
    const runtime = launcher.runtime();
    const order = await prepared(runtime, 'echo ran');
    await launcher.kill();
    await launcher.start();
    const said = new Recorder();
    expect(await runtime.run(order, image.name, said, never)).toMatchObject({ kind: 'done', warnings: [] });
    expect(said.stdout).toBe('ran\n');
    await runtime.release(order);
    expect(await docker('ps', '-aq', '--filter', `label=inference-server.task=${order.taskUid}`)).toBe('');
  });

  it('closes the pool with a sentence while it is away, and rejects what must be sure', async () => {
    const nowhere = { socketPath: join(await testFolder(), 'none.sock'), consumer: CONSUMER, clock: systemClock, newId };
    const runtime = createLauncherRuntime(nowhere);
    expect(await runtime.check()).toEqual({
      ok: false,
      reason: 'The launcher is not reachable: its socket does not exist; start it, or set LAUNCHER_SOCKET to where it listens.',
    });
    const order = await prepared(launcher.runtime(), 'true');
    for (const asked of [runtime.release(order), runtime.adopt(order), runtime.sweep([])]) {
      await expect(asked).rejects.toThrow('The launcher is not reachable');
    }
    expect(await runtime.prepare(order, new Recorder(), never)).toMatchObject({ kind: 'failed', failure: { class: 'infrastructure' } });
    expect(await runtime.run(order, image.name, new Recorder(), never)).toMatchObject({
      failure: { class: 'infrastructure' },
      mayLive: true,
    });
  });

  it('lets the next start of a consumer adopt a model, and sweeps what that does not own though it runs', async () => {
    const before = launcher.runtime();
    const [kept, orphan] = [await prepared(before, `echo up; ${UNTIL_GO}; echo late`), await prepared(before, 'echo up; sleep 600')];
    const heard = [new Recorder(), new Recorder()] as const;
    const runs = [before.run(kept, image.name, heard[0], never), before.run(orphan, image.name, heard[1], never)];
    await until('both to be up', () => heard.every(({ stdout }) => stdout === 'up\n'));
    const after = launcher.runtime();
    const adopted = await after.adopt(kept);
    expect(await after.sweep([])).toBe(1);
    const said = new Recorder();
    const following = adopted?.follow(said, never);
    await docker('exec', await containerOf(kept), 'touch', '/output/go');
    expect(await following).toMatchObject({ kind: 'done', warnings: [] });
    expect(said.stdout).toBe('up\nlate\n');
    expect(await Promise.all(runs)).toMatchObject([{ kind: 'done' }, { kind: 'failed', failure: { class: 'infrastructure' } }]);
    await after.release(kept);
  });
});

/** Lets time of a clock go by until well after a launcher is given up. */
async function systemEventually(clock: FakeClock): Promise<false> {
  for (let gone = 0; gone < 4 * AWAY_LIMIT_MS; gone += 1000) {
    clock.advance(1000);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return false;
}
