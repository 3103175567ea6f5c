import { expect, it } from 'vitest';
import { PullProgress } from './pull-progress.ts';

it('adds up all layers of an image', () => {
  const progress = new PullProgress();
  progress.take({ id: 'a', status: 'Downloading', progressDetail: { current: 2_000_000, total: 30_000_000 } });
  progress.take({ id: 'b', status: 'Downloading', progressDetail: { current: 9_000_000, total: 10_000_000 } });
  progress.take({ id: 'a', status: 'Downloading', progressDetail: { current: 3_000_000, total: 30_000_000 } });
  expect(progress.text()).toBe('pulling image: 12 of 40 MB');
  progress.take({ id: 'a', status: 'Extracting', progressDetail: { current: 1, total: 30_000_000 } });
  expect(progress.text()).toBe('pulling image: unpacking');
});

it("does not take the engine's retries for progress", () => {
  expect(new PullProgress().take({ id: 'a', status: 'Retrying in 5 seconds' })).toBe(false);
  expect(new PullProgress().take({ id: 'a', status: 'Pulling fs layer' })).toBe(true);
});
