import type { Clock } from '@inference/domain';
import type { Timeline } from './timeline.ts';

/**
 * The life of one simulated process. Everything that it asks of the world goes through here: once it is killed nothing is answered any
 * more, so its code stops where it waits, as that of a real one does; while it is frozen, answers and timers wait.
 */
export class ProcessLife {
  readonly clock: Clock;
  readonly #timeline: Timeline;
  readonly #bornMs: number;
  #isAlive = true;
  #frozen: Array<() => void> | null = null;
  readonly #stopped = new Set<() => void>();

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
    this.#bornMs = timeline.nowMs;
    this.clock = {
      monotonicMs: () => timeline.nowMs - this.#bornMs,
      uptimeMs: () => timeline.nowMs,
      after: (delayMs, tick) => timeline.after(delayMs, () => this.when(tick)),
    };
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /**
   * Does something of the world's for this process, and answers when it may know. What takes a while takes it before the work or after:
   * a process that is killed meanwhile has had it done, or not.
   */
  ask<Answer>(work: () => Promise<Answer> | Answer, delayMs = 0): Promise<Answer> {
    if (!this.#isAlive) return never();
    // Nearly always: nothing takes a while, and nobody is frozen.
    return delayMs === 0 && this.#frozen === null ? this.#askAtOnce(work) : this.#askSlowly(work, delayMs);
  }

  async #askSlowly<Answer>(work: () => Promise<Answer> | Answer, delayMs: number): Promise<Answer> {
    const isLate = delayMs % 2 === 1;
    if (delayMs > 0 && !isLate) await this.#wait(delayMs);
    if (!this.#isAlive) return await never();
    const done = await settled(work);
    if (isLate) await this.#wait(delayMs);
    await new Promise<void>((resolve) => this.when(resolve));
    if ('error' in done) throw done.error;
    return done.answer;
  }

  /** Killed or frozen. */
  get isStopped(): boolean {
    return !this.#isAlive || this.#frozen !== null;
  }

  async #askAtOnce<Answer>(work: () => Promise<Answer> | Answer): Promise<Answer> {
    try {
      const answer = await work();
      return this.isStopped ? await this.#late(answer) : answer;
    } catch (error) {
      if (this.isStopped) await this.#late(null);
      throw error;
    }
  }

  /** An answer that comes when this process is frozen, or no more. */
  #late<Answer>(answer: Answer): Promise<Answer> {
    return new Promise((resolve) => this.when(() => resolve(answer)));
  }

  /** Calls when this process is killed or frozen, unless the returned function was called before. */
  onStop(stopped: () => void): () => void {
    this.#stopped.add(stopped);
    return () => this.#stopped.delete(stopped);
  }

  /** Like SIGKILL. */
  kill(): void {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    this.#frozen = null;
    this.#tellStopped();
  }

  /** Like SIGSTOP. */
  freeze(): void {
    if (!this.#isAlive || this.#frozen !== null) return;
    this.#frozen = [];
    this.#tellStopped();
  }

  /** Like SIGCONT. */
  thaw(): void {
    const waiting = this.#frozen ?? [];
    this.#frozen = null;
    for (const go of waiting) this.when(go);
  }

  /** Does something in this process: now, when it is thawed, or never. */
  when(go: () => void): void {
    if (!this.#isAlive) return;
    if (this.#frozen === null) go();
    else this.#frozen.push(go);
  }

  #tellStopped(): void {
    const stopped = [...this.#stopped];
    this.#stopped.clear();
    for (const tell of stopped) tell();
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#timeline.after(delayMs, resolve));
  }
}

async function settled<Answer>(work: () => Promise<Answer> | Answer): Promise<{ answer: Answer } | { error: unknown }> {
  try {
    return { answer: await work() };
  } catch (error) {
    return { error };
  }
}

/** What a dead process waits for. */
function never<Answer>(): Promise<Answer> {
  return new Promise(() => {});
}
