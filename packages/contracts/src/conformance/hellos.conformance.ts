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
      });
    await hello('b1');
    expect((await rows(uid)).state).toBe('running');
    await hello('b2');
    expect([(await rows(uid)).state, (await rows(other.uid)).state]).toEqual(['queued', 'running']);
  });

  it('makes the folder models of consumers known, once however many have them, and brings them up to date', async () => {
    const { control, folderModels } = await withTask(open);
    const model = { humanReadableId: 'count', description: 'Counts. \0', image: 'lab/count:1', folder: 'count' };
    const hello = (consumerId: string, description: string) =>
      control.hello({ consumerId, bootId: 'b1', pools: ['process'], gpus: 0, trouble: {}, folderModels: [{ ...model, description }] });
    await Promise.all(['c1', 'c2', 'c3'].map((consumerId) => hello(consumerId, model.description)));
    expect(await folderModels()).toEqual([{ ...model, description: 'Counts. \uFFFD' }]);
    await hello('c2', 'Counts words.');
    expect(await folderModels()).toEqual([{ ...model, description: 'Counts words.' }]);
  });

  it('leaves a container model what it is, when a consumer has a folder model with its id', async () => {
    const { control, folderModels } = await withTask(open);
    const model = { humanReadableId: 'echo', description: '', image: 'echo', folder: 'echo' };
    await control.hello({ consumerId: 'c1', bootId: 'b1', pools: ['process'], gpus: 0, trouble: {}, folderModels: [model] });
    expect(await folderModels()).toEqual([]);
  });
}
