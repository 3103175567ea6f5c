import type { ModelLimits } from '@inference/domain';
import { expect, it } from 'vitest';
import type { RunEnd } from './model-runtime.ts';
import { aMarker, livingProcesses } from './testing/living-processes.ts';
import { Recorder } from './testing/recorder.ts';

/** For so long a model of these tests may do nothing, in milliseconds. */
const HANG_MS = 2000;

type RunWith = (
  rest: { readonly script: string },
  limits: Partial<ModelLimits>,
  how?: { readonly said?: Recorder; readonly signal?: AbortSignal },
) => Promise<{ readonly end: RunEnd; readonly said: Recorder }>;

/** What every adapter of `ModelRuntime` promises of models that do nothing; a part of its conformance suite. */
export function hanging(runWith: RunWith): void {
  it('says of a model that neither prints nor computes for longer than it may what was seen and what to do, and leaves it to be stopped', async () => {
    const marker = aMarker();
    const stop = new AbortController();
    const recorder = new Recorder();
    let lived: readonly unknown[] = [];
    recorder.whenHung = async () => {
      lived = await livingProcesses(marker);
      stop.abort();
    };
    const { end, said } = await runWith(
      { script: `echo up; sleep ${marker}` },
      { hangMs: HANG_MS },
      { said: recorder, signal: stop.signal },
    );
    expect(said.stdout).toBe('up\n');
    expect(lived).not.toEqual([]);
    expect(end).toMatchObject({ kind: 'stopped' });
    expect(said.hung).toMatchObject([{ class: 'timeout' }]);
    expect(said.hung[0]?.reason).toMatch(
      /^The model printed nothing for 2 seconds and used 0\.\d\d seconds of processor time, .* hang_seconds is 2\)\. Let it print now and then, /,
    );
    expect(await livingProcesses(marker)).toEqual([]);
  });

  it('lets a model be that computes without a word, in a process below its first one', async () => {
    const script = `(i=0; while [ ! -e /output/enough ]; do i=$((i+1)); done) & sleep ${(2 * HANG_MS) / 1000}; : > /output/enough; wait`;
    const { end, said } = await runWith({ script }, { hangMs: HANG_MS });
    expect(end).toMatchObject({ kind: 'done', warnings: [] });
    expect(said.hung).toEqual([]);
  });

  it('lets a model be that waits, and prints now and then', async () => {
    const script = 'for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.5; done';
    const { end, said } = await runWith({ script }, { hangMs: HANG_MS });
    expect(end).toMatchObject({ kind: 'done', warnings: [] });
    expect(said.hung).toEqual([]);
  });
}
