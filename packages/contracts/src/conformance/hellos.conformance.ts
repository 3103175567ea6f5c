import { newId } from '@inference/domain';
import { expect, it } from 'vitest';
import { type OpenHarness, withTask } from '../testing/control-plane-harness.ts';

/** What a consumer says of itself when it starts, and later. */
export function helloConformance(open: OpenHarness): void {
  it('hands back what earlier boots of a consumer held when it says hello again, and nothing else', async () => {
    const { control, claimed, uid, givenTask, rows } = await withTask(open);
    await claimed();
    const other = await givenTask();
    await control.claim({ claimId: newId(), consumerId: 'c2', bootId: 'b1', pools: ['docker-cpu'] });
    const hello = (bootId: string) =>
      control.hello({
        consumerId: 'c1',
        bootId,
        pools: ['docker-cpu', 'process'],
        gpus: 0,
        trouble: { process: 'no sandbox \0' },
        folderModels: [],
        holding: [],
      });
    await hello('b1');
    expect((await rows(uid)).state).toBe('running');
    await hello('b2');
    expect([(await rows(uid)).state, (await rows(other.uid)).state]).toEqual(['queued', 'running']);
  });

  it('leaves a consumer what its earlier boot held and it goes on with, now and at its next hellos, until a boot that does not', async () => {
    const { control, claimed, uid, rows } = await withTask(open);
    const { attempt, token } = await claimed();
    const held = { taskUid: uid, attempt };
    const hello = (bootId: string, holding: readonly (typeof held)[]) =>
      control.hello({ consumerId: 'c1', bootId, pools: ['docker-cpu'], gpus: 0, trouble: {}, folderModels: [], holding });
    const before = await rows(uid);
    await hello('b2', [held, { taskUid: newId(), attempt: 1 }]);
    expect((await rows(uid)).attempts[0]?.heartbeat).toBe((before.attempts[0]?.heartbeat ?? 0) + 1);
    const taken = await rows(uid);
    // Its own by now: no need to name it, and no sign of life.
    await hello('b2', []);
    await hello('b2', [held]);
    expect(await rows(uid)).toEqual(taken);
    expect(taken.state).toBe('running');
    await hello('b3', [{ ...held, attempt: 2 }]);
    expect((await rows(uid)).state).toBe('queued');
    // Given up, but nobody else has claimed it: it is still theirs to bring back.
    await hello('b4', [held]);
    const { promise, resolve } = Promise.withResolvers<string>();
    const letGo = control.keepLease({ ...held, token }, { everyMs: 600_000, atOnce: true, onReply: resolve });
    expect(await promise).toBe('continue');
    letGo();
    await hello('b4', []);
    expect((await rows(uid)).state).toBe('running');
  });

  it('takes nothing over that another consumer holds', async () => {
    const { control, claimed, uid, rows } = await withTask(open);
    const { attempt } = await claimed();
    const before = await rows(uid);
    const holding = [{ taskUid: uid, attempt }];
    await control.hello({ consumerId: 'c2', bootId: 'b9', pools: ['docker-cpu'], gpus: 0, trouble: {}, folderModels: [], holding });
    expect(await rows(uid)).toEqual(before);
  });

  it('makes the folder models of consumers known, once however many have them, and brings them up to date', async () => {
    const { control, folderModels } = await withTask(open);
    const model = { humanReadableId: 'count', description: 'Counts. \0', image: 'lab/count:1', folder: 'count' };
    const hello = (consumerId: string, description: string) =>
      control.hello({
        consumerId,
        bootId: 'b1',
        pools: ['process'],
        gpus: 0,
        trouble: {},
        holding: [],
        folderModels: [{ ...model, description }],
      });
    await Promise.all(['c1', 'c2', 'c3'].map((consumerId) => hello(consumerId, model.description)));
    expect(await folderModels()).toEqual([{ ...model, description: 'Counts. \uFFFD' }]);
    await hello('c2', 'Counts words.');
    expect(await folderModels()).toEqual([{ ...model, description: 'Counts words.' }]);
  });

  it('leaves a container model what it is, when a consumer has a folder model with its id', async () => {
    const { control, folderModels } = await withTask(open);
    const model = { humanReadableId: 'echo', description: '', image: 'echo', folder: 'echo' };
    await control.hello({ consumerId: 'c1', bootId: 'b1', pools: ['process'], gpus: 0, trouble: {}, holding: [], folderModels: [model] });
    expect(await folderModels()).toEqual([]);
  });
}
