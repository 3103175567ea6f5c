import { MODEL_LIMITS } from '@inference/domain';
import { until } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import { OutputRelay } from '../output-relay.ts';
import { aMarker, livingProcesses } from '../testing/living-processes.ts';
import { Launcher } from './launcher.ts';
import { plainPlan } from './plain-plan.ts';
import { hasEnded, processTree } from './process-tree.ts';
import type { SandboxPlan } from './sandbox-plan.ts';

const MIB = 1024 * 1024;
const never = () => new AbortController().signal;

/** A shell script as a plain child process. */
function script(text: string): SandboxPlan {
  const environment = { PATH: '/usr/bin:/bin' };
  return plainPlan({ command: ['sh', '-c', text], binds: [], environment, cwd: '/', user: null, limits: MODEL_LIMITS }, null);
}

function listen() {
  const said = { stdout: '', stderr: '', closings: 0 };
  const relay = new OutputRelay({
    onProgress: () => {},
    onOutput: (stream, text) => {
      said[stream] += text;
    },
    onClosing: () => {
      said.closings += 1;
    },
    onHung: () => {},
  });
  return { said, relay };
}

/** The process of the only launcher of this one that has a child with `marker` in its command line. */
async function launcherOf(marker: string): Promise<number> {
  const living = await livingProcesses(marker);
  for (const pid of (await processTree(process.pid))[0] ?? []) {
    const below = (await processTree(pid)).flat();
    if (living.some((each) => below.includes(each))) return pid;
  }
  throw new Error('no process of this one has started it');
}

describe('a launcher', () => {
  it('hands on both streams to the end, tells that they are closing, and how the process ended', async () => {
    const { said, relay } = listen();
    const end = await new Launcher().run({ plan: script('echo to out; echo to err >&2; exit 7'), stopGraceMs: 100 }, relay, never());
    expect(end).toEqual({ kind: 'exited', exitCode: 7 });
    expect(said).toEqual({ stdout: 'to out\n', stderr: 'to err\n', closings: 1 });
    expect(relay.lastStderrLines()).toEqual(['to err']);
  });

  it('loses nothing of a large output, and runs many at once', async () => {
    const launcher = new Launcher();
    const runs = Array.from({ length: 4 }, async () => {
      const { said, relay } = listen();
      await launcher.run({ plan: script(`head -c ${4 * MIB} /dev/zero | tr '\\0' x`), stopGraceMs: 100 }, relay, never());
      return said.stdout.length;
    });
    expect(await Promise.all(runs)).toEqual([4 * MIB, 4 * MIB, 4 * MIB, 4 * MIB]);
  });

  it('stops a process that is told to stop', async () => {
    const stop = new AbortController();
    const { said, relay } = listen();
    const run = new Launcher().run(
      { plan: script('trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.05; done'), stopGraceMs: 5_000 },
      relay,
      stop.signal,
    );
    await until('the process to be up', async () => said.stdout.includes('up'));
    stop.abort();
    expect(await run).toEqual({ kind: 'stopped' });
    expect(said.stdout).toContain('bye');
  });

  it('tells of a program that is not there', async () => {
    const plan = { ...script(''), file: 'no-such-program' };
    expect(await new Launcher().run({ plan, stopGraceMs: 100 }, listen().relay, never())).toEqual({
      kind: 'fault',
      reason: 'no-such-program could not be started: spawn no-such-program ENOENT.',
    });
  });

  it('ends its runs with a fault when it is killed, and the next run has a new one', async () => {
    const marker = aMarker();
    const launcher = new Launcher();
    const run = launcher.run({ plan: script(`exec sleep ${marker}`), stopGraceMs: 100 }, listen().relay, never());
    await until('the process to be up', async () => (await livingProcesses(marker)).length === 1);
    const left = await livingProcesses(marker);
    process.kill(await launcherOf(marker), 'SIGKILL');
    expect(await run).toMatchObject({ kind: 'fault', reason: expect.stringContaining('has ended') });
    for (const pid of left) process.kill(pid, 'SIGKILL');
    const { said, relay } = listen();
    expect(await launcher.run({ plan: script('echo again'), stopGraceMs: 100 }, relay, never())).toEqual({ kind: 'exited', exitCode: 0 });
    expect(said.stdout).toBe('again\n');
    await until('nothing to be left', async () => left.every(hasEnded));
  });
});
