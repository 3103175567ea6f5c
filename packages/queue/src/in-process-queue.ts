import type { Pool } from '@inference/domain';
import { type Listener, RINGS_WAITING_MAX, type TaskQueue } from './task-queue.ts';

/** Rings within one process. What nobody has heard is gone when the process ends. */
export function createInProcessQueue(): TaskQueue {
  const pools = new Map<Pool, PoolRings>();
  const ringsOf = (pool: Pool) => {
    const rings = pools.get(pool) ?? new PoolRings();
    pools.set(pool, rings);
    return rings;
  };
  return {
    ring: async (pool, taskUid) => ringsOf(pool).add(taskUid),
    listen: (pool, onRing) => ringsOf(pool).listen(onRing),
    health: () => ({ ok: true }),
    close: async () => {
      await Promise.all([...pools.values()].map((rings) => rings.close()));
    },
  };
}

type Ear = { readonly onRing: (taskUid: string) => Promise<void>; listening: boolean; busy: Promise<void> | null };

/** The rings of one pool that wait, and who listens, the one that heard longest ago first. */
class PoolRings {
  readonly #waiting: string[] = [];
  #ears: Ear[] = [];

  add(taskUid: string): void {
    this.#waiting.push(taskUid);
    if (this.#waiting.length > RINGS_WAITING_MAX) this.#waiting.shift();
    // Not in the caller's turn: whoever rings must not wait for, or fail with, whoever listens.
    setImmediate(() => this.#handOver());
  }

  listen(onRing: Ear['onRing']): Listener {
    const ear: Ear = { onRing, listening: true, busy: null };
    this.#ears.push(ear);
    setImmediate(() => this.#handOver());
    return {
      pause: () => {
        ear.listening = false;
      },
      resume: () => {
        ear.listening = true;
        setImmediate(() => this.#handOver());
      },
      close: () => this.#leave(ear),
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#ears.map((ear) => this.#leave(ear)));
  }

  async #leave(ear: Ear): Promise<void> {
    this.#ears = this.#ears.filter((other) => other !== ear);
    await ear.busy;
  }

  #handOver(): void {
    for (;;) {
      const ear = this.#ears.find(({ listening, busy }) => listening && busy === null);
      const taskUid = ear === undefined ? undefined : this.#waiting.shift();
      if (ear === undefined || taskUid === undefined) return;
      this.#ears = [...this.#ears.filter((other) => other !== ear), ear];
      ear.busy = ear.onRing(taskUid).finally(() => {
        ear.busy = null;
        this.#handOver();
      });
    }
  }
}
