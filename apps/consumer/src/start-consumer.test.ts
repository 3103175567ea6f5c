import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeviceInfo } from '@inference/contracts';
import { type Disk, nodeDisk, type Space } from '@inference/disk';
import { MODEL_LIMITS, newId } from '@inference/domain';
import { createInProcessQueue } from '@inference/queue';
import { folderName, type RuntimeHealth } from '@inference/runtime';
import { createLog, TearDown } from '@inference/service';
import { FakeClock, until } from '@inference/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { DEFAULT_TIMING, type Deps } from './deps.ts';
import { AttemptJournal } from './journal/attempt-journal.ts';
import { ModelFiles } from './model-files.ts';
import { startConsumer } from './start-consumer.ts';
import { Board } from './testing/board.ts';
import { POOL, settled, testConsumerDeps } from './testing/open-lane.ts';
import { Stage } from './testing/stage.ts';
import { ZIPS } from './zips.ts';

const GIB = 1024 ** 3;

/** A consumer whose disk is as the test says, not started yet. */
async function setup(atOnce = true) {
  const [board, clock, stage] = [new Board(), new FakeClock(), new Stage(atOnce)];
  const lines: string[] = [];
  const log = createLog({ level: 'info', destination: { write: (line: string) => void lines.push(JSON.parse(line).msg) } });
  const space: { now: Space } = { now: { bytes: 100 * GIB, freeBytes: 50 * GIB } };
  const disk: Disk = { ...nodeDisk, space: async () => space.now };
  const lanes = [{ pool: POOL, slots: 1, runtime: stage.runtime() }] as const;
  const deps = { ...(await testConsumerDeps(board, createInProcessQueue(), { clock, log })), lanes, disk, workFreeBytesMin: null };
  const start = async (own: Deps = deps) => {
    const consumer = await startConsumer(own);
    if (consumer === null) throw new Error('nobody told it to end');
    onTestFinished(() => consumer.drain());
    return consumer;
  };
  const look = async () => {
    clock.advance(DEFAULT_TIMING.healthMs);
    await settled();
  };
  return { board, space, lines, deps, clock, stage, start, look };
}

/** What an earlier process leaves that has started a model. */
async function noteStarted(deps: Deps): Promise<void> {
  const source = { kind: 'image', image: 'echo:1' } as const;
  const model = { uid: newId(), humanReadableId: 'echo', source, useGpu: false, zip: null, loosened: [], limits: MODEL_LIMITS };
  const of = { taskUid: newId(), attempt: 1, token: newId(), pinnedImage: null, gpuUuids: [] };
  const claimed = { ...of, model, input: { bytes: 1, sha256: '0'.repeat(64) } };
  await deps.disk.makeFolder(join(deps.workFolder, 'attempts', folderName(claimed)));
  const journal = new AttemptJournal(deps, { pool: POOL, claimed, adoptions: 0 });
  journal.note({ kind: 'started', image: null, startedUptimeMs: 0 });
  await journal.settled();
}

describe('a consumer', () => {
  it('claims nothing while its disk has too little room, says so, and claims within seconds of having it', async () => {
    const { board, space, lines, start, look } = await setup();
    space.now = { bytes: 100 * GIB, freeBytes: 2 * GIB - 1 };
    board.add();
    const { trouble, troubleNow } = await start();
    const full = 'The disk of this consumer has less than 2.0 GiB free: nothing is claimed until it has more.';
    expect(trouble).toEqual({ [POOL]: full });
    expect(board.hellos.map((hello) => hello.trouble)).toEqual([{ [POOL]: full }]);
    await look();
    expect([board.asked, board.hellos.length]).toEqual([0, 1]);
    space.now = { ...space.now, freeBytes: 2 * GIB };
    await until('the outcome', async () => {
      await look();
      return board.outcomes.length === 1;
    });
    expect([troubleNow(), board.hellos.at(-1)?.trouble, lines]).toEqual([{}, {}, expect.arrayContaining(['all pools are well again'])]);
  });

  it('lets go of models that nothing needs while its disk has too little room, and claims as soon as that is enough', async () => {
    const { board, deps, start } = await setup();
    const models = join(deps.workFolder, 'models');
    for (const name of ['a', 'b', 'c']) await mkdir(join(models, name), { recursive: true });
    await utimes(join(models, 'a'), new Date(0), new Date(0));
    // Each of them takes 1 GiB.
    const space = async () => ({ bytes: 100 * GIB, freeBytes: 4 * GIB - (await readdir(models)).length * GIB });
    board.add();
    const { trouble } = await start({ ...deps, disk: { ...deps.disk, space } });
    await until('the outcome', () => board.outcomes.length === 1);
    expect([trouble, (await readdir(models)).sort()]).toEqual([{}, ['b', 'c']]);
  });

  it('says that its disk is too full, and why there is no more room, where models cannot be removed', async () => {
    const { deps, start } = await setup();
    await mkdir(join(deps.workFolder, 'models', 'a'), { recursive: true });
    const space = async () => ({ bytes: 100 * GIB, freeBytes: 0 });
    const rename = () => Promise.reject(Object.assign(new Error('broken'), { code: 'EIO' }));
    const disk = { ...deps.disk, space, rename };
    const modelFiles = new ModelFiles({ root: join(deps.workFolder, 'models'), bytesMax: 1, disk, zips: ZIPS });
    expect((await start({ ...deps, disk, modelFiles })).trouble[POOL]).toMatch(/less than 2\.0 GiB free.* cannot be removed \(EIO\)/);
  });

  it('claims nothing on a full disk while nobody hears of it either', async () => {
    const { board, space, deps, look, start } = await setup();
    let isAway = false;
    const unheard: unknown[] = [];
    const hello = (...message: Parameters<typeof deps.control.hello>) => {
      if (!isAway) return deps.control.hello(...message);
      unheard.push(message[0].trouble);
      return Promise.reject(new Error('away'));
    };
    await start({ ...deps, control: { ...deps.control, hello } });
    [isAway, space.now] = [true, { bytes: 100 * GIB, freeBytes: 0 }];
    await until('it would say so', async () => {
      await look();
      return unheard.length > 0;
    });
    const asked = board.asked;
    board.add();
    await deps.queue.ring(POOL, 'any');
    await settled();
    expect([board.asked - asked, board.outcomes, unheard[0]]).toEqual([0, [], { [POOL]: expect.stringContaining('GiB free') }]);
  });

  it('asks for work as often as it polls, and not at each look at its runtimes', async () => {
    const { board, start, look } = await setup();
    await start();
    await settled();
    await look();
    expect(board.asked).toBe(1);
    await look();
    expect(board.asked).toBe(2);
  });

  it('keeps less free on a small disk, and what an admin says', async () => {
    const small = await setup();
    small.space.now = { bytes: 10 * GIB, freeBytes: 0.5 * GIB };
    expect((await small.start()).trouble).toEqual({});
    const strict = await setup();
    Object.assign(strict.deps, { workFreeBytesMin: 50 * GIB + 1 });
    expect((await strict.start()).trouble).toEqual({ [POOL]: expect.stringContaining('50.0 GiB') });
  });

  it('removes what earlier starts left without a note, and holds nothing then', async () => {
    const { board, deps, start } = await setup();
    const left = join(deps.workFolder, 'attempts', 'x-1');
    await mkdir(join(left, 'output'), { recursive: true });
    await writeFile(join(left, 'attempt.json'), '{');
    await start();
    expect(await readdir(join(left, '..'))).toEqual([]);
    expect(board.hellos.map(({ holding }) => holding)).toEqual([[]]);
  });

  it('claims nothing from an engine that was away at its start until what is left there is removed', async () => {
    const { board, deps, start, look } = await setup();
    const [runtime] = deps.lanes.map((lane) => lane.runtime);
    const engine: { health: RuntimeHealth; fault: Error | null } = { health: { ok: false, reason: 'The engine is away.' }, fault: null };
    const sweep = vi.fn(async () => {
      if (engine.fault !== null) throw engine.fault;
      return 1;
    });
    Object.assign(runtime ?? {}, { check: async () => engine.health, sweep });
    const left = [{ taskUid: newId(), attempt: 1 }];
    board.leftovers = left;
    board.add();
    const folder = join(deps.workFolder, 'attempts', 'x-1');
    await mkdir(folder, { recursive: true });
    await start();
    // A model of an earlier process may still write there.
    expect(await readdir(join(folder, '..'))).toEqual(['x-1']);
    engine.health = { ok: true, version: '1' };
    engine.fault = new Error('the engine is busy');
    await look();
    expect([board.asked, board.hellos.at(-1)?.trouble]).toEqual([
      0,
      { [POOL]: 'What an earlier process left cannot be removed yet: the engine is busy' },
    ]);
    engine.fault = null;
    await look();
    await until('the outcome', () => board.outcomes.length === 1);
    expect(sweep).toHaveBeenCalledTimes(2);
    // The GPUs of its earlier boots are free only then.
    expect(board.hellos.map(({ gone }) => gone)).toEqual([[], [], left]);
  });

  it('starts though something of an earlier process cannot be removed, and claims nothing before it can', async () => {
    const { board, deps, start, look } = await setup();
    let fault: Error | null = new Error('the engine keeps a container');
    Object.assign(deps.lanes[0]?.runtime ?? {}, { sweep: () => (fault === null ? Promise.resolve(1) : Promise.reject(fault)) });
    board.add();
    await start();
    expect([board.asked, board.hellos.at(-1)?.trouble]).toEqual([0, { [POOL]: expect.stringContaining('the engine keeps a container') }]);
    fault = null;
    await look();
    await until('the outcome', () => board.outcomes.length === 1);
  });

  it('drains what it has adopted also where it is told to end before it has started, and says no hello and claims nothing then', async () => {
    const { board, clock, deps, stage } = await setup(false);
    const swept = Promise.withResolvers<number>();
    Object.assign(deps.lanes[0]?.runtime ?? {}, { sweep: () => swept.promise });
    await noteStarted(deps);
    board.add();
    const stop = new TearDown();
    const starting = startConsumer(deps, stop);
    await until('the model to be followed', () => stage.started === 1);
    const drained = stop.run();
    clock.advance(deps.timing.drainMs);
    await drained;
    expect(board.outcomes).toEqual(['hand_back']);
    swept.resolve(0);
    expect(await starting).toBeNull();
    clock.advance(DEFAULT_TIMING.idlePollMs);
    await settled();
    expect([board.hellos, board.claims]).toEqual([[], []]);
  });

  it('goes on with nothing where it was told to end before: what its reports need may be gone', async () => {
    const { board, deps, stage } = await setup(false);
    await noteStarted(deps);
    const stop = new TearDown();
    await stop.run();
    expect(await startConsumer(deps, stop)).toBeNull();
    await settled();
    expect([stage.orders, board.hellos, await readdir(join(deps.workFolder, 'attempts'))]).toEqual([[], [], [expect.any(String)]]);
  });

  it('hands back at once what it has adopted where it is told to hurry before it has started', async () => {
    const { board, deps, stage } = await setup(false);
    const swept = Promise.withResolvers<number>();
    Object.assign(deps.lanes[0]?.runtime ?? {}, { sweep: () => swept.promise });
    await noteStarted(deps);
    const stop = new TearDown();
    const starting = startConsumer(deps, stop);
    await until('the model to be followed', () => stage.started === 1);
    const stopped = stop.run();
    stop.hurry();
    await stopped;
    expect(board.outcomes).toEqual(['hand_back']);
    swept.resolve(0);
    await starting;
  });

  it('leaves what it has adopted to the next start where its own fails', async () => {
    const { board, deps, stage } = await setup(false);
    const hello = async () => {
      await until('the model to be followed', () => stage.started === 1);
      throw new Error('nobody is there');
    };
    await noteStarted(deps);
    const stop = new TearDown();
    const failing = { ...deps, control: { ...deps.control, hello } };
    await expect(startConsumer(failing, stop)).rejects.toThrow('nobody is there');
    const stopped = stop.run();
    stop.hurry();
    await stopped;
    await settled();
    expect([stage.started, board.outcomes]).toEqual([1, []]);
    await stage.endOne();
    await until('the end', () => board.outcomes.length === 1);
    expect(board.outcomes).toEqual(['succeed']);
  });

  it('removes what it can of earlier starts, whatever of it cannot be removed', async () => {
    const { deps, start } = await setup();
    const attempts = join(deps.workFolder, 'attempts');
    for (const name of ['a-1', 'b-1', 'c-1']) await mkdir(join(attempts, name), { recursive: true });
    const { disk } = deps;
    const remove = (path: string) => (path.endsWith('a-1') ? Promise.reject(new Error('a disk fault')) : disk.remove(path));
    Object.assign(deps, { disk: { ...disk, remove } });
    await start();
    expect(await readdir(attempts)).toEqual(['a-1']);
  });

  it('is drained though its sweep has much to remove yet', async () => {
    const { deps, clock, start } = await setup();
    const [attempts, asked, answered] = [join(deps.workFolder, 'attempts'), Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const remove = async (path: string) => {
      asked.resolve();
      await answered.promise;
      await nodeDisk.remove(path);
    };
    Object.assign(deps, { disk: { ...deps.disk, remove } });
    const consumer = await start();
    for (const name of ['x-1', 'y-1', 'z-1']) await mkdir(join(attempts, name));
    clock.advance(DEFAULT_TIMING.sweepMs);
    await asked.promise;
    const drained = consumer.drain();
    answered.resolve();
    await drained;
    expect(await readdir(attempts)).toHaveLength(2);
  });

  it('says at its start what its machine has, with what was wrong with its GPUs at that moment', async () => {
    const { board, deps, start, look } = await setup();
    const gpu: DeviceInfo = { uuid: 'GPU-a', name: 'G', memoryBytes: 1, kind: 'gpu', groups: [], trouble: null };
    let devices = [gpu];
    const { node } = deps;
    Object.assign(deps, { node: () => ({ ...node(), devices }), gpuUuids: ['GPU-a'] });
    await start();
    devices = [{ ...gpu, trouble: 'It is hot.' }];
    await look();
    expect(board.hellos).toMatchObject([
      { gpus: 1, node: { labels: { site: 'b2' }, devices: [{ uuid: 'GPU-a', trouble: null }] } },
      { gpus: 1, node: { devices: [{ uuid: 'GPU-a', trouble: 'It is hot.' }] } },
    ]);
    await look();
    expect(board.hellos).toHaveLength(2);
  });

  it('gets nothing for its GPUs while all of them are in trouble, and says why', async () => {
    const { deps, start, look } = await setup();
    const gpu = (uuid: string, trouble: string | null): DeviceInfo => ({
      ...{ uuid, name: 'G', memoryBytes: 1, kind: 'gpu', groups: [], trouble },
    });
    let devices = [gpu('GPU-a', 'It is hot.'), gpu('GPU-b', null)];
    const { node, lanes } = deps;
    const lane = { pool: 'docker-gpu', slots: 2, runtime: lanes[0].runtime } as const;
    Object.assign(deps, { node: () => ({ ...node(), devices }), gpuUuids: ['GPU-a', 'GPU-b'], lanes: [...lanes, lane] });
    const { trouble, troubleNow } = await start();
    devices = [gpu('GPU-a', 'It is hot.'), gpu('GPU-b', 'It is hot, too.')];
    await look();
    const said = { 'docker-gpu': 'None of its 2 GPUs can be used now. GPU-a: It is hot.' };
    expect([trouble, troubleNow()]).toEqual([{}, said]);
  });
});
