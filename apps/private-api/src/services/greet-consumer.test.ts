import { createLog } from '@inference/service';
import { expect, it } from 'vitest';
import { givenModel, testDeps } from '../testing/test-deps.ts';
import { greetConsumer } from './greet-consumer.ts';

it('says once for each start of a consumer which of its folder models are refused, as container models have their ids', async () => {
  const lines: Record<string, unknown>[] = [];
  const log = createLog({ level: 'info', destination: { write: (line: string) => void lines.push(JSON.parse(line)) } });
  const deps = { ...(await testDeps()), log };
  await givenModel(deps, 'echo');
  const folderModels = ['echo', 'count'].map((id) => ({ humanReadableId: id, description: '', image: id, folder: id }));
  const hello = (bootId: string) =>
    greetConsumer(deps, { consumerId: 'c1', bootId, pools: ['process'], gpus: 0, trouble: {}, folderModels });
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
