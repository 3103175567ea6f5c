import type { ModelLimits } from '@inference/domain';
import { expect, it } from 'vitest';
import type { RunEnd } from './model-runtime.ts';
import { aMarker, livingProcesses } from './testing/living-processes.ts';
import type { Recorder } from './testing/recorder.ts';

/** For so long a model of these tests may do nothing, in milliseconds. */
const HANG_MS = 2000;

type RunWith = (
  rest: { readonly script: string },
  limits: Partial<ModelLimits>,
) => Promise<{ readonly end: RunEnd; readonly said: Recorder }>;

/** What every adapter of `ModelRuntime` promises of models that do nothing; a part of its conformance suite. */
export function hanging(runWith: RunWith): void {
  it('stops a model that neither prints nor computes for longer than it may, and says what was seen and what to do', async () => {
    const marker = aMarker();
    const { end, said } = await runWith({ script: `echo up; sleep ${marker}` }, { hangMs: HANG_MS });
    expect(said.stdout).toBe('up\n');
    expect(end).toMatchObject({ kind: 'failed', failure: { class: 'timeout' } });
    expect(end.kind === 'failed' && end.failure.reason).toMatch(
      /^The model printed nothing for 2 seconds and used 0\.\d\d seconds of processor time, .* hang_seconds is 2\)\. Let it print now and then, /,
    );
    expect(await livingProcesses(marker)).toEqual([]);
  });

  it('lets a model be that computes without a word, in a process below its first one', async () => {
    const script = `(i=0; while [ ! -e /output/enough ]; do i=$((i+1)); done) & sleep ${(2 * HANG_MS) / 1000}; : > /output/enough; wait`;
    expect((await runWith({ script }, { hangMs: HANG_MS })).end).toMatchObject({ kind: 'done', warnings: [] });
  });

  it('lets a model be that waits, and prints now and then', async () => {
    const script = 'for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.5; done';
    expect((await runWith({ script }, { hangMs: HANG_MS })).end).toMatchObject({ kind: 'done', warnings: [] });
  });
}
