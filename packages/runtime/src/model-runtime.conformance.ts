import { lstat, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelLimits, ModelSpec } from '@inference/domain';
import { until } from '@inference/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hanging } from './hanging.conformance.ts';
import type { ModelRuntime, RunEnd, RunOrder } from './model-runtime.ts';
import { aMarker, livingProcesses } from './testing/living-processes.ts';
import { Recorder } from './testing/recorder.ts';
import { type TestOrder, testLimits, testOrder } from './testing/test-order.ts';

/** An adapter to test, with a model whose command is `sh /input/run.sh`. */
export type RuntimeRig = {
  /** Its grace period is short, but not zero. */
  readonly runtime: ModelRuntime;
  model(limits: ModelLimits): ModelSpec;
  /** Where its orders must lie; left out: anywhere. */
  readonly workFolder?: string;
  close(): Promise<void>;
};

type Ran = { readonly end: RunEnd; readonly said: Recorder; readonly order: RunOrder };

/** What every adapter of `ModelRuntime` promises. `open` makes an adapter of the caller's own; the suite closes it. Left out unless `isHere`. */
export function modelRuntimeConformance(name: string, open: () => Promise<RuntimeRig>, isHere = true): void {
  describe.skipIf(!isHere)(`${name} as a model runtime`, () => {
    let rig: RuntimeRig;
    beforeAll(async () => {
      rig = await open();
    });
    afterAll(() => rig?.close());

    const order = (rest: Omit<TestOrder, 'model'>, limits: Partial<ModelLimits> = {}) =>
      testOrder({ ...rest, model: rig.model(testLimits(limits)), ...(rig.workFolder === undefined ? {} : { workFolder: rig.workFolder }) });
    const run = async (ordered: RunOrder, signal = new AbortController().signal, said = new Recorder()): Promise<Ran> => {
      const prepared = await rig.runtime.prepare(ordered, said, new AbortController().signal);
      if (prepared.kind !== 'ready') throw new Error(prepared.failure.reason);
      const end = await rig.runtime.run(ordered, prepared.image, said, signal);
      await rig.runtime.release(ordered);
      return { end, said, order: ordered };
    };
    const runScript: RunScript = async (script, said) => run(await order({ script }), undefined, said);

    endsAndOutput(runScript);
    const runWithLimits: RunWith = async (rest, limits, how = {}) => run(await order(rest, limits), how.signal, how.said);
    sandbox(runScript, runWithLimits);
    stopping(order, run);
    hanging(runWithLimits);

    it('says that it is healthy, and its version', async () => {
      expect(await rig.runtime.check()).toEqual({ ok: true, version: expect.stringMatching(/\w/) });
    });

    it('needs the input only once it runs, and says at most once that the model is about to end', async () => {
      const ordered = await order({ script: 'cat /input/late.txt' });
      const said = new Recorder();
      const prepared = await rig.runtime.prepare(ordered, said, new AbortController().signal);
      if (prepared.kind !== 'ready') throw new Error(prepared.failure.reason);
      await writeFile(join(ordered.folders.input, 'late.txt'), 'here');
      expect(await rig.runtime.run(ordered, prepared.image, said, new AbortController().signal)).toMatchObject({ kind: 'done' });
      await rig.runtime.release(ordered);
      expect(said.stdout).toBe('here');
      expect(said.closings).toBeLessThanOrEqual(1);
    });

    it('removes what it prepared when that never runs, and sweeps it only once it is released', async () => {
      const ordered = await order({ script: 'true' });
      expect(await rig.runtime.prepare(ordered, new Recorder(), new AbortController().signal)).toMatchObject({ kind: 'ready' });
      expect(await rig.runtime.sweep([])).toBe(0);
      await rig.runtime.release(ordered);
      expect(await rig.runtime.sweep([])).toBe(0);
    });

    it('adopts no model that was only prepared, has been released, or never ran', async () => {
      const prepared = await order({ script: 'true' });
      expect(await rig.runtime.prepare(prepared, new Recorder(), new AbortController().signal)).toMatchObject({ kind: 'ready' });
      const { order: released } = await runScript('true');
      for (const each of [prepared, released, await order({ script: 'true' })]) expect(await rig.runtime.adopt(each)).toBeNull();
      await rig.runtime.release(prepared);
    });

    it('adopts a model that has ended and was not released, where its models outlive it', async () => {
      const ran = await order({ script: 'echo told; echo made > /output/file' });
      const prepared = await rig.runtime.prepare(ran, new Recorder(), new AbortController().signal);
      if (prepared.kind !== 'ready') throw new Error(prepared.failure.reason);
      await rig.runtime.run(ran, prepared.image, new Recorder(), new AbortController().signal);
      const adopted = await rig.runtime.adopt(ran);
      const said = new Recorder();
      const end = await adopted?.follow(said, new AbortController().signal);
      expect([end, said.stdout]).toEqual(rig.runtime.modelsOutliveUs ? [{ kind: 'done', warnings: [] }, 'told\n'] : [undefined, '']);
      await rig.runtime.release(ran);
      expect(await rig.runtime.sweep([])).toBe(0);
    });

    it('releases an attempt twice, and one that never ran, and leaves nothing to sweep', async () => {
      const { order: ran } = await runScript('true');
      await rig.runtime.release(ran);
      await rig.runtime.release({ taskUid: 'never-ran', attempt: 7 });
      expect(await rig.runtime.sweep([])).toBe(0);
    });
  });
}

type RunScript = (script: string, said?: Recorder) => Promise<Ran>;

function endsAndOutput(runScript: RunScript): void {
  it('ends as done when the model ends with 0, and its output can be read and removed, whatever its modes', async () => {
    const { end, order } = await runScript(
      'umask 077; mkdir -p /output/closed; cat /input/run.sh > /output/closed/copy; chmod 0 /output/closed/copy; chmod 0 /output/closed',
    );
    expect(end).toMatchObject({ kind: 'done', warnings: [] });
    expect(await readFile(join(order.folders.output, 'closed', 'copy'), 'utf8')).toContain('umask 077');
    await rm(order.folders.output, { recursive: true });
    await expect(lstat(order.folders.output)).rejects.toThrow('ENOENT');
  });

  it('tells stdout and stderr apart, completely and in order', async () => {
    const { said } = await runScript('for i in $(seq 1 5000); do echo "out $i"; echo "err $i" >&2; done; printf "no newline é"');
    const lines = (word: string) => Array.from({ length: 5000 }, (_, at) => `${word} ${at + 1}\n`).join('');
    expect(said.stdout).toBe(`${lines('out')}no newline é`);
    expect(said.stderr).toBe(lines('err'));
  });

  it('loses nothing when the observer is slower than the model', async () => {
    const said = new SlowRecorder();
    await runScript('yes 0123456789 | head -c 3000000', said);
    expect(said.stdout).toHaveLength(3_000_000);
  });

  it('gives the model an empty standard input', async () => {
    const { end, said } = await runScript('cat; echo read');
    expect([end.kind, said.stdout]).toEqual(['done', 'read\n']);
  });

  it('fails with the exit code and the last line of stderr', async () => {
    const { end } = await runScript('echo first >&2; echo "no such patient" >&2; echo; exit 7');
    expect(end).toMatchObject({
      kind: 'failed',
      failure: { class: 'model_error', exitCode: 7, reason: 'The model ended with exit code 7: "no such patient".' },
    });
  });

  it('says so when the model failed without a word', async () => {
    const { end } = await runScript('exit 1');
    expect(end).toMatchObject({ failure: { reason: 'The model ended with exit code 1 and wrote nothing to stderr.' } });
  });

  it('takes a kill that is neither ours nor by the memory limit for a fault of the machine', async () => {
    const { end } = await runScript('kill -KILL $$');
    expect(end).toMatchObject({ kind: 'failed', failure: { class: 'infrastructure', exitCode: 137 } });
  });
}

type How = { readonly signal?: AbortSignal; readonly said?: Recorder };
type RunWith = (rest: Omit<TestOrder, 'model'>, limits?: Partial<ModelLimits>, how?: How) => Promise<Ran>;

function sandbox(runScript: RunScript, runWith: RunWith): void {
  it('gives the model no network but its own loopback', async () => {
    const { said } = await runScript('tail -n +3 /proc/net/dev 2>/dev/null || grep : /proc/net/dev');
    expect(said.stdout.match(/^\s*\w+:/gm)?.map((each) => each.trim())).toEqual(['lo:']);
  });

  it('lets the model write to /output, /tmp and its home only', async () => {
    const places =
      '/input/x /model/x /x /usr/x /bin/x /etc/x /app/x /dev/x /proc/sys/kernel/core_pattern /output/x /tmp/x $HOME/home-x /dev/shm/x';
    const script = `for f in ${places}; do (echo "|/tmp/x" > $f) 2>/dev/null && echo $f; done; true`;
    const { said } = await runWith({ script, modelFiles: { weights: 'w' } });
    const written = said.stdout.trim().split('\n');
    expect(written.filter((place) => !place.endsWith('/home-x'))).toEqual(['/output/x', '/tmp/x', '/dev/shm/x']);
    expect(written).toHaveLength(4);
  });

  it('lets the model run what it put into /tmp: libraries compile code there', async () => {
    const { said } = await runScript('printf "#!/bin/sh\\necho ran\\n" > /tmp/x; chmod +x /tmp/x; /tmp/x');
    expect(said.stdout).toBe('ran\n');
  });

  it('shows the files of the model zip at /model', async () => {
    const { said } = await runWith({
      script: 'cat /model/weights; echo " $MODEL_DIR $INPUT_DIR $OUTPUT_DIR"',
      modelFiles: { weights: 'w' },
    });
    expect(said.stdout).toBe('w /model /input /output\n');
  });

  it('has no /model when the model has no zip', async () => {
    const { said } = await runScript('[ -e /model ] && echo there; ls / > /dev/null');
    expect(said.stdout).toBe('');
  });

  it('hands down nothing of our own environment', async () => {
    vi.stubEnv('SECRET_OF_THE_CONSUMER', 'do-not-tell');
    const { said } = await runScript('env; cat /proc/*/environ 2>/dev/null; true');
    vi.unstubAllEnvs();
    expect(said.stdout).not.toContain('do-not-tell');
    expect(said.stdout).toMatch(/^HOME=/m);
  });

  it('runs the model without capabilities, without a way to gain any, and never as root of this machine', async () => {
    const { said } = await runScript('grep -E "^(Uid|CapEff|CapPrm|CapBnd|NoNewPrivs)" /proc/self/status');
    const fields = Object.fromEntries(
      said.stdout
        .trim()
        .split('\n')
        .map((line) => line.split(/:\s+/)),
    );
    const none = '0000000000000000';
    expect(fields).toMatchObject({ CapEff: none, CapPrm: none, CapBnd: none, NoNewPrivs: '1' });
    const isRootHere = process.getuid?.() === 0;
    expect(isRootHere && /\b0\b/.test(fields['Uid'] ?? '0')).toBe(false);
  });

  it('shows the model no process but its own', async () => {
    const { said } = await runScript('ls /proc | grep -c "^[0-9]"');
    expect(Number(said.stdout)).toBeLessThan(8);
  });

  it('bounds the processes of a model, says which limit it was, and leaves none behind', async () => {
    const marker = aMarker();
    const script = `i=0; while [ $i -lt 200 ]; do sleep ${marker} & i=$((i+1)); done; echo survived`;
    const { end, said } = await runWith({ script }, { pidsMax: 40 });
    expect(said.stdout).toBe('');
    expect(end).toMatchObject({ failure: { class: 'model_error', reason: expect.stringContaining('40 processes and threads') } });
    expect(await livingProcesses(marker)).toEqual([]);
  });

  it('ends what a model left in the background when it ended', async () => {
    const marker = aMarker();
    const { end } = await runScript(`(trap "" TERM; sleep ${marker}) > /dev/null 2>&1 & exit 0`);
    expect(end.kind).toBe('done');
    expect(await livingProcesses(marker)).toEqual([]);
  });
}

type Order = (rest: Omit<TestOrder, 'model'>) => Promise<RunOrder>;
type Run = (order: RunOrder, signal?: AbortSignal, said?: Recorder) => Promise<Ran>;

function stopping(order: Order, run: Run): void {
  it('stops a model by TERM, and gives it time to put things in order', async () => {
    const stop = new AbortController();
    const said = new Recorder();
    const ordered = await order({
      script: 'trap "echo bye; echo saved > /output/state; exit 0" TERM; echo up; while true; do sleep 0.05; done',
    });
    const running = run(ordered, stop.signal, said);
    await until('the model to be up', () => said.stdout.includes('up'));
    stop.abort();
    expect((await running).end).toMatchObject({ kind: 'stopped' });
    expect(said.stdout).toBe('up\nbye\n');
    expect(await readFile(join(ordered.folders.output, 'state'), 'utf8')).toBe('saved\n');
  });

  it('kills a model that ignores TERM, and all its children, before it says stopped', async () => {
    const stop = new AbortController();
    const said = new Recorder();
    const [child, main] = [aMarker(), aMarker()];
    const ordered = await order({ script: `trap "" TERM; (trap "" TERM; sleep ${child}) & echo up; while true; do sleep ${main}; done` });
    const running = run(ordered, stop.signal, said);
    await until('the model to be up', async () => said.stdout.includes('up') && (await livingProcesses(main)).length > 0);
    stop.abort();
    expect((await running).end).toMatchObject({ kind: 'stopped' });
    expect(await livingProcesses(child)).toEqual([]);
    expect(await livingProcesses(main)).toEqual([]);
  });

  it('runs nothing when it was stopped before', async () => {
    const stop = new AbortController();
    stop.abort();
    const { end, said } = await run(await order({ script: 'echo ran' }), stop.signal);
    expect([end.kind, said.stdout]).toEqual(['stopped', '']);
  });
}

/** Keeps the event loop busy with each piece. */
class SlowRecorder extends Recorder {
  override onOutput(stream: 'stdout' | 'stderr', text: string): void {
    super.onOutput(stream, text);
    const until = performance.now() + 5;
    while (performance.now() < until);
  }
}
