import { newId } from '@inference/domain';
import { until } from '@inference/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RINGS_WAITING_MAX, type TaskQueue } from './task-queue.ts';

/** What every adapter of `TaskQueue` promises. `open` makes a queue whose pools nobody else uses; it may have to connect first. */
export function taskQueueConformance(name: string, open: () => Promise<TaskQueue>): void {
  const opened = async (): Promise<TaskQueue> => {
    const queue = await open();
    onTestFinished(() => queue.close());
    await until('a healthy queue', () => queue.health().ok);
    return queue;
  };
  /** A listener that notes what it hears. */
  const ear = (heard: string[]) => async (uid: string) => {
    heard.push(uid);
  };

  describe(`${name} as a task queue`, () => {
    it('brings a ring to who listens to the pool, with the id of the task', async () => {
      const queue = await opened();
      const heard: string[] = [];
      queue.listen('process', ear(heard));
      const uid = newId();
      await queue.ring('process', uid);
      await until('the ring', () => heard.length === 1);
      expect(heard).toEqual([uid]);
    });

    it('brings no ring of another pool', async () => {
      const queue = await opened();
      const heard: string[] = [];
      const mine = newId();
      queue.listen('docker-cpu', ear(heard));
      await queue.ring('process', newId());
      await queue.ring('docker-cpu', mine);
      await until('the ring', () => heard.length > 0);
      expect(heard).toEqual([mine]);
    });

    it('keeps a ring that nobody hears for who listens next', async () => {
      const queue = await opened();
      const heard: string[] = [];
      const uid = newId();
      await expect(queue.ring('docker-gpu', uid)).resolves.toBeUndefined();
      queue.listen('docker-gpu', ear(heard));
      await until('the ring', () => heard.length > 0);
      expect(heard).toEqual([uid]);
    });

    it('brings a ring to one listener only, and takes turns', async () => {
      const queue = await opened();
      const heard: [string[], string[]] = [[], []];
      for (const own of heard) queue.listen('process', ear(own));
      const uids = Array.from({ length: 20 }, () => newId());
      for (const uid of uids) await queue.ring('process', uid);
      await until('all rings', () => heard.flat().length >= uids.length);
      expect(heard.flat().toSorted()).toEqual(uids.toSorted());
      for (const own of heard) expect(own.length).toBeGreaterThanOrEqual(4);
    });

    it('brings a listener its next ring when it has dealt with the last one', async () => {
      const queue = await opened();
      const heard: string[] = [];
      const dealt = Promise.withResolvers<void>();
      queue.listen('process', (uid) => {
        heard.push(uid);
        return dealt.promise;
      });
      const [first, second] = [newId(), newId()];
      await queue.ring('process', first);
      await queue.ring('process', second);
      await until('the first ring', () => heard.length > 0);
      // Another pool's ring goes the same way, so the second had its time.
      await ringHeard(queue);
      expect(heard).toEqual([first]);
      dealt.resolve();
      await until('the second ring', () => heard.length === 2);
      expect(heard).toEqual([first, second]);
    });

    it('brings nothing to a listener that was closed', async () => {
      const queue = await opened();
      const closed: string[] = [];
      const open_: string[] = [];
      await queue.listen('process', ear(closed)).close();
      await queue.ring('process', newId());
      queue.listen('process', ear(open_));
      await until('the ring', () => open_.length > 0);
      expect(closed).toEqual([]);
    });

    it('has dealt with the last ring when a listener is closed', async () => {
      const queue = await opened();
      const steps: string[] = [];
      const dealt = Promise.withResolvers<void>();
      const listener = queue.listen('process', async () => {
        steps.push('heard');
        await dealt.promise;
        steps.push('dealt with');
      });
      await queue.ring('process', newId());
      await until('the ring', () => steps.length > 0);
      const closing = listener.close().then(() => steps.push('closed'));
      await ringHeard(queue);
      dealt.resolve();
      await closing;
      expect(steps).toEqual(['heard', 'dealt with', 'closed']);
    });

    it('brings nothing to a listener that pauses: others hear it', async () => {
      const queue = await opened();
      const heard = { paused: [] as string[], other: [] as string[] };
      const paused = queue.listen('process', ear(heard.paused));
      queue.listen('process', ear(heard.other));
      const all = () => heard.paused.length + heard.other.length;
      let rung = 0;
      // One may be listened to a moment before the other.
      await until('both', async () => {
        await queue.ring('process', newId());
        rung += 1;
        return heard.paused.length > 0 && heard.other.length > 0;
      });
      await until('all of these', () => all() === rung);
      paused.pause();
      await ringHeard(queue);
      const before = heard.paused.length;
      for (let count = 0; count < 6; count++) await queue.ring('process', newId());
      await until('all rings', () => all() === rung + 6);
      expect(heard.paused.length).toBe(before);
    });

    it('takes no further ring for a listener that pauses before it has dealt with one', async () => {
      const queue = await opened();
      const heard: string[] = [];
      const listener = queue.listen('process', async (uid) => {
        heard.push(uid);
        listener.pause();
      });
      const uids = [newId(), newId(), newId()];
      for (const uid of uids) await queue.ring('process', uid);
      for (let count = 1; count <= uids.length; count++) {
        await until('a ring', () => heard.length === count);
        await ringHeard(queue);
        expect(heard).toEqual(uids.slice(0, count));
        listener.resume();
      }
    });

    it('keeps so many rings and no more, the newest ones', async () => {
      const queue = await opened();
      const heard: string[] = [];
      const uids = Array.from({ length: RINGS_WAITING_MAX + 20 }, () => newId());
      for (const uid of uids) await queue.ring('process', uid);
      const last = newId();
      queue.listen('process', ear(heard));
      await until('the newest ring', () => heard.includes(String(uids.at(-1))));
      await queue.ring('process', last);
      await until('the last ring', () => heard.includes(last));
      expect(heard).toEqual([...uids.slice(20), last]);
    });

    it('takes in many rings at the same time', async () => {
      const queue = await opened();
      const heard = new Set<string>();
      queue.listen('process', async (uid) => {
        heard.add(uid);
      });
      const uids = Array.from({ length: 200 }, () => newId());
      await Promise.all(uids.map((uid) => queue.ring('process', uid)));
      await until('all rings', () => heard.size === uids.length);
    });

    it('can be closed twice, and while somebody listens', async () => {
      const queue = await opened();
      queue.listen('process', async () => {});
      await Promise.all([queue.close(), queue.close()]);
      await queue.close();
    });
  });
}

/** Resolves when a ring of another pool has made its way: what else was on its way has had its time. */
async function ringHeard(queue: TaskQueue): Promise<void> {
  const heard = Promise.withResolvers<void>();
  const listener = queue.listen('docker-gpu', async () => heard.resolve());
  await queue.ring('docker-gpu', newId());
  await heard.promise;
  await listener.close();
}
