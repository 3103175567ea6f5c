import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId, type Outcome } from '@inference/domain';
import { testFolder } from '@inference/testing';
import { expect, it } from 'vitest';
import { NEVER, NO_TAILS, type OpenHarness, withTask } from '../testing/control-plane-harness.ts';

const AT_ONCE = 10;
const FAULT: Outcome = { kind: 'fail', failure: { class: 'infrastructure', reason: 'the disk broke' } };

/** What a claim brings, and what is fetched and pinned with it. */
export function claimConformance(open: OpenHarness): void {
  it('claims a task with all that is needed to run it, and answers null when there is no other', async () => {
    const { claim, uid, input, modelZip } = await withTask(open);
    expect(await claim()).toMatchObject({
      taskUid: uid,
      attempt: 1,
      pinnedImage: null,
      input: { bytes: input.length },
      model: { source: { kind: 'image' }, zip: { bytes: modelZip.length } },
    });
    expect(await claim()).toBeNull();
  });

  it('answers a repeated claim with the same attempt, also while the first is under way', async () => {
    const { claim, givenTask } = await withTask(open);
    // At once, as that opens the sessions that the claims then have.
    await Promise.all(Array.from({ length: AT_ONCE }, () => givenTask()));
    const claimId = newId();
    const claims = await Promise.all(Array.from({ length: AT_ONCE }, () => claim(claimId)));
    for (const repeated of [...claims, await claim(claimId)]) expect(repeated).toEqual(claims[0]);
    expect(await claim()).not.toBeNull();
  });

  it('puts the input and the model zip whole at their paths', async () => {
    const { control, claimed, input, modelZip } = await withTask(open);
    const attempt = await claimed();
    const folder = await testFolder();
    await control.fetchInput(attempt, join(folder, 'input.zip'), NEVER);
    await control.fetchModelZip(attempt, join(folder, 'model.zip'), NEVER);
    expect((await readFile(join(folder, 'input.zip'))).equals(input)).toBe(true);
    expect((await readFile(join(folder, 'model.zip'))).equals(modelZip)).toBe(true);
  });

  it('keeps the image that the first attempt found', async () => {
    const { control, claimed } = await withTask(open);
    const first = await claimed();
    expect(await control.pinImage(first, 'echo@sha256:1', NEVER)).toBe('echo@sha256:1');
    await control.report(first, FAULT, NO_TAILS);
    const second = await claimed();
    expect(second.pinnedImage).toBe('echo@sha256:1');
    expect(await control.pinImage(second, 'echo@sha256:2', NEVER)).toBe('echo@sha256:1');
  });
}
