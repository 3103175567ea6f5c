import { describe, expect, it } from 'vitest';
import { modelsRunApart } from './models-run-apart.ts';
import type { SeenContainer } from './stops-are-heard.ts';

const MODEL: SeenContainer = {
  key: 'one/1',
  isRunning: true,
  isFollowed: true,
  isTold: false,
  isHung: false,
  gpuUuids: ['gpu-0', 'gpu-1'],
};
const HOLDERS: Readonly<Record<string, string>> = { 'gpu-0': 'one/1', 'gpu-1': 'one/1', 'gpu-2': 'two/1' };
const holderOf = (uuid: string) => HOLDERS[uuid] ?? null;

describe('models that run', () => {
  it('may each use the GPUs that they hold', () => {
    expect(modelsRunApart([MODEL, { ...MODEL, key: 'two/1', gpuUuids: ['gpu-2'] }], holderOf)).toEqual([]);
  });

  it('never share a GPU, even where the lease is of one of them', () => {
    const broken = modelsRunApart([MODEL, { ...MODEL, key: 'two/1', gpuUuids: ['gpu-1'] }], holderOf);
    expect(broken).toContain('one/1 and two/1 run on gpu-1 at the same time');
  });

  it('hold the GPUs that they use: one whose lease has ended may meet the next', () => {
    expect(modelsRunApart([MODEL], () => null)).toEqual([
      'one/1 runs on gpu-0, which is not its own',
      'one/1 runs on gpu-1, which is not its own',
    ]);
  });

  it('run once for each attempt', () => {
    expect(
      modelsRunApart(
        [
          { ...MODEL, gpuUuids: [] },
          { ...MODEL, gpuUuids: [] },
        ],
        holderOf,
      ),
    ).toEqual(['the attempt one/1 runs twice']);
  });

  it('count only while they run: what has ended uses nothing', () => {
    const ended = { ...MODEL, isRunning: false };
    expect(modelsRunApart([ended, { ...ended, key: 'two/1' }], () => null)).toEqual([]);
  });
});
