import { Readable } from 'node:stream';
import type { Outcome, StoredOutput } from '@inference/domain';
import { zipOf } from '@inference/testing';
import { expect, it } from 'vitest';
import { NEVER, NO_TAILS, type OpenHarness, put, report, withTask } from '../testing/control-plane-harness.ts';

const MODEL_ERROR: Outcome = { kind: 'fail', failure: { class: 'model_error', reason: 'exit code 3', exitCode: 3 } };

/** Which reports count, and what is kept of them. */
export function reportConformance(open: OpenHarness): void {
  it('takes an output into account only once its report names it', async () => {
    const { control, claimed, uid, output, rows, countFiles } = await withTask(open);
    const attempt = await claimed();
    const zip = await zipOf({ 'out.txt': 'result' });
    const stored = await control.putOutput(attempt, () => Readable.from([zip]), NEVER);
    expect([await countFiles(), await output(uid), (await rows(uid)).state]).toEqual([1, null, 'running']);
    expect(await report(control, attempt, stored, ['hello'])).toBe('recorded');
    expect((await output(uid))?.equals(zip)).toBe(true);
    expect(await rows(uid)).toMatchObject({ state: 'succeeded', attempts: [{ stdoutTail: ['hello'] }] });
  });

  it('takes the same report twice without a change, and no other one after it', async () => {
    const { control, claimed, uid, rows } = await withTask(open);
    const attempt = await claimed();
    const stored = await put(control, attempt);
    await report(control, attempt, stored);
    const before = await rows(uid);
    expect(await report(control, attempt, stored)).toBe('recorded');
    expect(await control.report(attempt, MODEL_ERROR, NO_TAILS)).toBe('stale');
    expect(await rows(uid)).toEqual(before);
  });

  it('takes no report that names what its attempt has not stored', async () => {
    const { control, claimed, uid, givenTask, rows } = await withTask(open);
    await givenTask();
    const attempt = await claimed();
    const foreign = await put(control, await claimed());
    const own = await put(control, attempt);
    const before = await rows(uid);
    const wrong: StoredOutput[] = [
      foreign,
      { ...own, key: `inputs/${uid}.zip` },
      { ...own, sha256: 'f'.repeat(64) },
      { ...own, bytes: own.bytes + 1 },
    ];
    for (const output of wrong) await expect(report(control, attempt, output)).rejects.toMatchObject({ code: 'bad_request' });
    expect(await rows(uid)).toEqual(before);
  });

  it('records a report whatever its model printed, cut to the limits', async () => {
    const { control, claimed, uid, rows } = await withTask(open);
    const stdout = [...Array.from({ length: 600 }, (_, at) => `line ${at}`), 'nul \0 half \ud800', 'x'.repeat(3000)];
    const reason = `\0${'long '.repeat(1000)}`;
    const warnings = Array.from({ length: 1000 }, () => 'odd name \0');
    const attempt = await claimed();
    const output = await put(control, attempt);
    expect(await control.report(attempt, { kind: 'succeed', output, warnings }, { stdout, stderr: ['\0'] })).toBe('recorded');
    const [kept] = (await rows(uid)).attempts;
    expect(kept?.stdoutTail).toHaveLength(500);
    expect(kept?.stdoutTail.slice(-3)).toEqual(['line 599', 'nul \ufffd half \ufffd', 'x'.repeat(2000)]);
    expect(await control.report(attempt, { kind: 'hand_back', reason }, NO_TAILS)).toBe('stale');
  });
}
