// An attempt from its claim to its report, with the private API a process of its own for all that the consumer can tell.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClaimedAttempt, ControlPlane } from '@inference/contracts';
import { nodeDisk } from '@inference/disk';
import { type Failure, MODEL_LIMITS, newId, OUTPUT_LIMITS, systemClock, UNKNOWN_USAGE } from '@inference/domain';
import { controlPlaneHarness, type ServedApi, servePrivateApi } from '@inference/private-api/testing';
import type { ModelRuntime, RunObserver } from '@inference/runtime';
import { createLog } from '@inference/service';
import { testFolder, until } from '@inference/testing';
import { extractZip } from '@inference/zips';
import { describe, expect, it } from 'vitest';
import { DEFAULT_TIMING, type Deps } from './deps.ts';
import { openControlPlane } from './http-control-plane/testing/open-control-plane.ts';
import { Interrupter } from './interruption.ts';
import { AttemptJournal } from './journal/attempt-journal.ts';
import type { Stage } from './journal/journal-entry.ts';
import { readJournals } from './journal/read-journals.ts';
import { ModelFiles } from './model-files.ts';
import { NO_OUTPUT_DISKS } from './output-disk/output-disks.ts';
import { runAttempt } from './run-attempt.ts';
import { Slot } from './slot.ts';
import { ZIPS } from './zips.ts';

const EXIT_3: Failure = { class: 'model_error', reason: 'exit code 3' };
/** What is noted of every model that has ended. */
const LEFT = { image: 'echo@sha256:1', tails: { stdout: [], stderr: [] }, usage: UNKNOWN_USAGE };

/**
 * A platform with a claimed task, and a consumer whose models do `work` in the place of a program, until `signal` is aborted.
 *
 * @param options `hasEnded`: a model that is gone on with has ended before anybody looked; `mayLive`: nobody knows whether one that was stopped is gone
 */
async function setup(
  work: (input: string, signal: AbortSignal, output: string, observer: RunObserver) => Promise<string>,
  { hasEnded = false, mayLive = false, entriesMax = OUTPUT_LIMITS.entriesMax, zip = null as ClaimedAttempt['model']['zip'] } = {},
) {
  let api: ServedApi | null = null;
  const platform = await controlPlaneHarness(async (deps) => {
    api = await servePrivateApi(deps);
    return openControlPlane(api.url);
  });
  const served = api as unknown as ServedApi;
  const { uid } = await platform.givenTask();
  const request = { claimId: newId(), consumerId: 'c1', bootId: 'b1', pools: ['docker-cpu' as const] };
  const claim = (await platform.control.claim(request)) as ClaimedAttempt;
  const claimed: ClaimedAttempt = { ...claim, model: { ...claim.model, zip } };
  const workFolder = await testFolder();
  await mkdir(join(workFolder, 'attempts'));
  const runtime: Pick<ModelRuntime, 'modelsOutliveUs' | 'prepare' | 'run' | 'adopt' | 'release'> = {
    modelsOutliveUs: true,
    adopt: async (order) => ({
      follow: async (observer, signal) => {
        observer.onOutput('stdout', 'at work\nstill at work\n');
        await writeFile(join(order.folders.output, 'out.txt'), await work('ADOPTED', signal, order.folders.output, observer));
        return signal.aborted && !hasEnded ? { kind: 'stopped' } : { kind: 'done', warnings: [] };
      },
    }),
    prepare: async () => ({ kind: 'ready', image: 'echo@sha256:1' }),
    run: async (order, _image, observer, signal) => {
      observer.onOutput('stdout', 'at work\n');
      const input = await readFile(join(order.folders.input, 'in.txt'), 'utf8');
      const output = await work(input, signal, order.folders.output, observer);
      if (signal.aborted) return { kind: 'stopped', ...(mayLive ? { mayLive } : {}) };
      await writeFile(join(order.folders.output, 'out.txt'), output);
      return { kind: 'done', warnings: [] };
    },
    release: async () => {},
  };
  const deps = {
    control: platform.control as ControlPlane,
    workFolder,
    machineBootId: 'this-start',
    disk: nodeDisk,
    zips: ZIPS,
    modelFiles: new ModelFiles({ root: join(workFolder, 'models'), bytesMax: 1e9, disk: nodeDisk, zips: ZIPS }),
    clock: systemClock,
    log: createLog({ level: 'silent' }),
    outputLimits: { ...OUTPUT_LIMITS, entriesMax },
    outputDisks: NO_OUTPUT_DISKS,
    timing: { ...DEFAULT_TIMING, renewMs: 20 },
  } as unknown as Deps;
  let interrupter = new Interrupter();
  const run = async (left: Stage | null = null) => {
    const journal = new AttemptJournal(deps, { pool: 'docker-cpu', claimed, adoptions: 0 });
    const rest = { interrupter, place: new Slot().take(), journal, left, refusal: null };
    const { remains } = await runAttempt(deps, claimed, { runtime: runtime as ModelRuntime, ...rest });
    await remains.remove();
  };
  const restart = async () => {
    await served.stop();
    await servePrivateApi(platform.deps, { port: served.port });
  };
  /** The file that the model wrote, as the task's user gets it. */
  const result = async () => {
    const folder = await testFolder();
    await writeFile(join(folder, 'out.zip'), (await platform.output(uid)) ?? '');
    await extractZip(join(folder, 'out.zip'), join(folder, 'out'));
    return await readFile(join(folder, 'out', 'out.txt'), 'utf8');
  };
  /** What the next process would go on with. */
  const left = async () => (await readJournals(deps)).at(0)?.stage ?? null;
  const drained = () => interrupter.interrupt('drain');
  const again = () => {
    interrupter = new Interrupter();
  };
  return { ...platform, uid, served, reason: () => interrupter.reason, drained, again, run, restart, result, left };
}

async function untilStopped(input: string, signal: AbortSignal): Promise<string> {
  await until('the end of the time limit', () => signal.aborted);
  return input;
}

describe('an attempt', () => {
  it('ends with what the model made of the input, and with what it printed', async () => {
    const { run, result, rows, uid } = await setup(async (input) => input.toUpperCase());
    await run();
    expect(await result()).toBe('HELLO');
    expect(await rows(uid)).toMatchObject({ state: 'succeeded', pinnedImage: 'echo@sha256:1', attempts: [{ stdoutTail: ['at work'] }] });
  });

  it('loses nothing when the private API is away while the model runs, and for its output and report', async () => {
    const at = Promise.withResolvers<void>();
    const { run, result, served, restart, rows, uid } = await setup(async (input) => {
      await served.stop();
      at.resolve();
      return input;
    });
    const running = run();
    await at.promise;
    await restart();
    await running;
    expect(await result()).toBe('hello');
    expect(await rows(uid)).toMatchObject({ state: 'succeeded', attempt: 1, infrastructureFaults: 0 });
  });

  it('is stopped when its user cancels the task', async () => {
    const { run, cancel, reason, rows, uid } = await setup(async (input) => {
      await cancel(uid);
      await until('the interruption', () => reason() === 'cancelled');
      return input;
    });
    await run();
    expect((await rows(uid)).state).toBe('cancelled');
  });

  it('is stopped while it writes more files than it may', async () => {
    const many = async (input: string, signal: AbortSignal, output: string) => {
      for (let at = 0; at < 20; at++) await writeFile(join(output, `file ${at}`), '');
      await until('the stop', () => signal.aborted);
      return input;
    };
    const platform = await setup(many, { entriesMax: 10 });
    await platform.run();
    expect(await platform.rows(platform.uid)).toMatchObject({
      state: 'failed',
      failureClass: 'bad_output',
      failureReason: expect.stringMatching(/10 files and folders to \/output/),
    });
  });

  it('is stopped when its model hangs, with what was seen, once no later process would go on with that model', async () => {
    const notes: unknown[] = [];
    const idle = async (input: string, signal: AbortSignal, _output: string, observer: RunObserver) => {
      await until('the note of the start', async () => (await platform.left())?.kind === 'started');
      observer.onHung({ class: 'timeout', reason: 'It did nothing.' });
      await until('the stop', () => signal.aborted);
      notes.push(await platform.left());
      return input;
    };
    const platform = await setup(idle);
    await platform.run();
    expect(notes).toEqual([null]);
    expect(await platform.rows(platform.uid)).toMatchObject({
      state: 'failed',
      failureClass: 'timeout',
      failureReason: 'It did nothing.',
    });
  });

  it('is cancelled all the same when its user does so before its model hangs', async () => {
    const platform = await setup(async (input, signal, _output, observer) => {
      await platform.cancel(platform.uid);
      await until('the interruption', () => platform.reason() === 'cancelled');
      observer.onHung({ class: 'timeout', reason: 'It did nothing.' });
      await until('the stop', () => signal.aborted);
      return input;
    });
    await platform.run();
    expect((await platform.rows(platform.uid)).state).toBe('cancelled');
  });

  it('goes on with a model that an earlier process has started: the same attempt, and nothing is told twice', async () => {
    const { run, result, rows, log, uid } = await setup(async (input) => input);
    await run({ kind: 'started', image: 'echo@sha256:1', startedUptimeMs: systemClock.uptimeMs() - 60_000 });
    expect(await result()).toBe('ADOPTED');
    expect(await rows(uid)).toMatchObject({
      state: 'succeeded',
      attempt: 1,
      pinnedImage: 'echo@sha256:1',
      attempts: [{ stdoutTail: ['at work', 'still at work'] }],
    });
    expect((await log(uid)).pieces).toEqual(['stdout 0 at work\nstill at work\n']);
  });

  it('gives such a model what is left of its time limit only', async () => {
    const { run, rows, uid } = await setup(untilStopped);
    await run({ kind: 'started', image: null, startedUptimeMs: systemClock.uptimeMs() - MODEL_LIMITS.timeMs + 100 });
    expect(await rows(uid)).toMatchObject({ state: 'failed', attempts: [{ failureClass: 'timeout' }] });
  });

  it('keeps the result of such a model that has ended in time, though its time limit was over before anybody looked', async () => {
    const { run, result, rows, uid } = await setup(untilStopped, { hasEnded: true });
    await run({ kind: 'started', image: null, startedUptimeMs: systemClock.uptimeMs() - 2 * MODEL_LIMITS.timeMs });
    expect(await result()).toBe('ADOPTED');
    expect(await rows(uid)).toMatchObject({ state: 'succeeded', attempt: 1 });
  });

  it('leaves the next process no model that was told to end: it may have ended well, with half of its output', async () => {
    const journals: Array<Stage | null> = [];
    const { run, left, drained } = await setup(async (input, signal) => {
      await until('the start to be noted', async () => (await left())?.kind === 'started');
      drained();
      await until('the model to be told', () => signal.aborted);
      journals.push(await left());
      return input;
    });
    await run();
    expect(journals).toEqual([null]);
  });

  it('keeps a whole output for the next process when it is stopped while the private API is away', async () => {
    const { run, result, served, restart, left, drained, again, rows, uid } = await setup(async (input) => {
      await served.stop();
      return input;
    });
    const running = run();
    await until('its end to be noted', async () => (await left())?.kind === 'ended');
    drained();
    await running;
    const stage = await left();
    expect(stage).toMatchObject({ kind: 'ended', tails: { stdout: ['at work'] } });
    await restart();
    again();
    await run(stage);
    expect([await result(), await left()]).toEqual(['hello', null]);
    expect(await rows(uid)).toMatchObject({ state: 'succeeded', attempt: 1, attempts: [{ stdoutTail: ['at work'] }] });
  });

  it.each([
    ['hangs', null, 'It did nothing.'],
    ['runs too long', { kind: 'started', image: null, startedUptimeMs: -MODEL_LIMITS.timeMs }, expect.stringContaining('time limit of')],
  ] as const)('leaves it to the next process to report that its model %s, when the private API is away', async (_what, left, reason) => {
    const platform = await setup(async (input, signal, _output, observer) => {
      await platform.served.stop();
      if (left === null) observer.onHung({ class: 'timeout', reason: 'It did nothing.' });
      await until('the stop', () => signal.aborted);
      return input;
    });
    const running = platform.run(left);
    await until('its end to be noted', async () => (await platform.left())?.kind === 'failed');
    platform.drained();
    await running;
    const stage = await platform.left();
    await platform.restart();
    platform.again();
    await platform.run(stage);
    expect(await platform.left()).toBeNull();
    expect(await platform.rows(platform.uid)).toMatchObject({
      state: 'failed',
      attempt: 1,
      failureReason: reason,
      attempts: [{ failureClass: 'timeout' }],
    });
  });

  it('leaves nothing to the next process of a model that hung and may still live', async () => {
    const work = async (input: string, signal: AbortSignal, _output: string, observer: RunObserver) => {
      await platform.served.stop();
      observer.onHung({ class: 'timeout', reason: 'It did nothing.' });
      await until('the stop', () => signal.aborted);
      platform.drained();
      return input;
    };
    const platform = await setup(work, { mayLive: true });
    await platform.run();
    expect(await platform.left()).toBeNull();
  });

  it.each<[string, Stage, object]>([
    ['done well', { kind: 'ended', warnings: [], ...LEFT }, { state: 'succeeded', failureReason: null }],
    ['failed', { kind: 'failed', failure: EXIT_3, ...LEFT }, { state: 'failed', failureReason: EXIT_3.reason }],
  ])('needs no files of a model that had %s when its consumer died, and pins its image', async (_how, stage, row) => {
    const zip = { key: 'gone', bytes: 1, sha256: '0'.repeat(64) };
    const { run, rows, uid } = await setup(() => Promise.reject(new Error('It ran again.')), { zip });
    await run(stage);
    expect(await rows(uid)).toMatchObject({ ...row, pinnedImage: LEFT.image, attempt: 1 });
  });

  it('costs the task nothing when the disk of the machine is full', async () => {
    const { run, rows, uid } = await setup(() => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC', syscall: 'write' })));
    await run();
    expect(await rows(uid)).toMatchObject({ state: 'queued', infrastructureFaults: 0, attempts: [{ outcome: 'hand_back' }] });
  });
});
