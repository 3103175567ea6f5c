import { createLog } from '@inference/service';
import { expect, it } from 'vitest';
import { givenModel, TESTER, testDeps } from '../testing/test-deps.ts';
import { greetConsumer } from './greet-consumer.ts';

it('says once for each start of a consumer which of its folder models are refused, as container models have their ids', async () => {
  const lines: Record<string, unknown>[] = [];
  const log = createLog({ level: 'info', destination: { write: (line: string) => void lines.push(JSON.parse(line)) } });
  const deps = { ...(await testDeps()), log };
  await givenModel(deps, 'echo');
  const folderModels = ['echo', 'count'].map((id) => ({ humanReadableId: id, description: '', image: id, folder: id }));
  const hello = (bootId: string) =>
    greetConsumer(
      deps,
      { consumerId: 'c1', bootId, pools: ['process'], gpus: 0, node: null, gone: [], trouble: {}, holding: [], folderModels },
      TESTER,
    );
  await hello('b1');
  await hello('b1');
  const refused = { level: 40, consumerId: 'c1', taken: ['echo'], msg: expect.stringContaining('are not served') };
  expect(lines).toEqual([expect.objectContaining(refused)]);
  await hello('b2');
  expect(lines).toHaveLength(2);
  const rows = await deps.db.model.findMany({ orderBy: { humanReadableId: 'asc' } });
  expect(rows.map(({ humanReadableId, folder }) => [humanReadableId, folder])).toEqual([
    ['count', 'count'],
    ['echo', null],
  ]);
});

it('notes in the audit which folder models are new, and which have changed since a consumer was started, each once', async () => {
  const deps = await testDeps();
  const hello = async (consumerId: string, bootId: string, image: string) => {
    const folderModels = [{ humanReadableId: 'count', description: 'Counts.', image, folder: 'count' }];
    await greetConsumer(
      deps,
      { consumerId, bootId, pools: ['process'], gpus: 0, node: null, gone: [], trouble: {}, holding: [], folderModels },
      { ...TESTER, owner: consumerId },
    );
  };
  await hello('c1', 'b1', 'count:1');
  await hello('c1', 'b1', 'count:1');
  await hello('c1', 'b2', 'count:1');
  await hello('c2', 'b1', 'count:2');
  // Both say again and again what they have.
  for (const image of ['count:1', 'count:2', 'count:1'])
    await hello(image === 'count:1' ? 'c1' : 'c2', image === 'count:1' ? 'b2' : 'b1', image);
  const told = (await deps.store.listAudit({ before: null, countMax: 10 })).reverse();
  expect(told.map(({ actor, action, subject, detail }) => [actor, action, subject, detail])).toEqual([
    ['c1', 'model.registered', 'count', { description: 'Counts.', image: 'count:1', folder: 'count' }],
    ['c2', 'model.changed', 'count', { description: 'Counts.', image: 'count:2', folder: 'count' }],
  ]);
});
