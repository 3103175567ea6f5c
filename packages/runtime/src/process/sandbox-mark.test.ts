import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@inference/domain';
import { has, testFolder, until } from '@inference/testing';
import { expect, it, onTestFinished } from 'vitest';
import { Recorder } from '../testing/recorder.ts';
import { scriptModel } from '../testing/script-model.ts';
import { testModel, testOrder } from '../testing/test-order.ts';
import { createProcessRuntime } from './create-process-runtime.ts';
import { MARK_VARIABLE, SandboxMark } from './sandbox-mark.ts';

const CONSUMER = join(import.meta.dirname, '..', 'testing', 'run-in-process.ts');
const SHELL = { file: 'sh', args: [], environment: {}, cwd: '/', secondInput: null, levelsAbove: 0, stands: null } as const;
/** Consumers that are killed, each a millisecond later after the start of its run than the one before. */
const KILLS = 25;
/** Each of them is a process that has to come up, in milliseconds. */
const SLOW_MS = 120_000;
const model = testModel({ kind: 'folder', folder: 'script' });
const never = new AbortController().signal;

/** The processes whose environment has these words. */
async function marked(words: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => ((await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')).includes(words) ? [pid] : [])),
  );
  return found.flat();
}

it('ends what an earlier start of the same consumer left, and nothing else', async () => {
  const [ours, other] = [randomUUID(), randomUUID()];
  const now = new SandboxMark(ours);
  const run = (mark: SandboxMark) => {
    const child = spawn('sleep', ['1000'], { env: { ...mark.on(SHELL).environment }, stdio: 'ignore' });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  };
  const [left, own, others] = [run(new SandboxMark(ours)), run(now), run(new SandboxMark(other))];
  await until('all to be up', async () => (await marked(ours)).length === 2 && (await marked(other)).length === 1);
  expect(await now.sweep()).toBe(1);
  await until('the first to be gone', () => left.signalCode === 'SIGKILL');
  expect([own.signalCode, others.signalCode]).toEqual([null, null]);
  expect(await now.sweep()).toBe(0);
});

it.for(['bubblewrap', 'unshare'] as const)('is not in the environment of a model that runs with %s', async (isolation, { skip }) => {
  skip(!has(isolation));
  const modelsFolder = await testFolder();
  await scriptModel(modelsFolder);
  const runtime = await createProcessRuntime({ modelsFolder, isolation, clock: systemClock, stopGraceMs: 300 });
  const said = new Recorder();
  const order = await testOrder({ model, script: 'env' });
  expect(await runtime.run(order, null, said, never)).toEqual({ kind: 'done', warnings: [] });
  expect(said.stdout).toContain('OUTPUT_DIR=/output');
  expect(said.stdout).not.toContain(MARK_VARIABLE);
});

it.for(['bubblewrap', 'unshare'] as const)(
  'leads to all that consumers with %s leave when they are killed while a sandbox is being made',
  { timeout: SLOW_MS },
  async (isolation, { skip }) => {
    skip(!has(isolation));
    const consumer = randomUUID();
    const modelsFolder = await testFolder();
    await scriptModel(modelsFolder);
    const order = await testOrder({ model, script: 'sleep 1000' });
    for (let killedAfterMs = 1; killedAfterMs <= KILLS; killedAfterMs++) {
      const argument = JSON.stringify({ modelsFolder, isolation, order, consumer, killedAfterMs });
      const child = spawn(process.execPath, [CONSUMER, argument], { stdio: 'ignore', env: {} });
      await new Promise((resolve) => child.once('exit', resolve));
    }
    const runtime = await createProcessRuntime({ modelsFolder, isolation, clock: systemClock, stopGraceMs: 300, consumer });
    await until('nothing to be left', async () => {
      await runtime.sweep([]);
      return (await marked(consumer)).length === 0;
    });
  },
);
