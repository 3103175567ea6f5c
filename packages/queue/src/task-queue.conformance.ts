import { until } from '@inference/testing';
import { describe, expect, it } from 'vitest';
import type { TaskQueue } from './task-queue.ts';

/** What every adapter of `TaskQueue` promises. `open` makes a queue whose pools nobody else uses; the test closes it. */
export function taskQueueConformance(name: string, open: () => Promise<TaskQueue>): void {
  describe(`${name} as a task queue`, () => {
    it('brings a ring to who listens to the pool, with the id of the task', async () => {
      await using queue = await opened(open);
      const heard: string[] = [];
      await queue.listen('process', (uid) => heard.push(uid));
      await queue.ring('process', 'one');
      await until('the ring', () => heard.length === 1);
      expect(heard).toEqual(['one']);
    });

    it('brings no ring of another pool', async () => {
      await using queue = await opened(open);
      const heard: string[] = [];
      await queue.listen('docker-cpu', (uid) => heard.push(uid));
      await queue.ring('process', 'other');
      await queue.ring('docker-cpu', 'mine');
      await until('the ring', () => heard.length > 0);
      expect(heard).toEqual(['mine']);
    });

    it('brings nothing to a listener that was closed', async () => {
      await using queue = await opened(open);
      const closed: string[] = [];
      const open_: string[] = [];
      const listener = await queue.listen('process', (uid) => closed.push(uid));
      await listener.close();
      await queue.listen('process', (uid) => open_.push(uid));
      await queue.ring('process', 'one');
      await until('the ring', () => open_.length > 0);
      expect(closed).toEqual([]);
    });

    it('resolves a ring that nobody hears', async () => {
      await using queue = await opened(open);
      await expect(queue.ring('docker-gpu', 'one')).resolves.toBeUndefined();
    });
  });
}

async function opened(open: () => Promise<TaskQueue>): Promise<TaskQueue & AsyncDisposable> {
  const queue = await open();
  return Object.assign(queue, { [Symbol.asyncDispose]: () => queue.close() });
}
