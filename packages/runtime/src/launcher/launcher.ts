import type { AttemptRef, ModelRuntime, Prepared, RunEnd, RunObserver, RunOrder } from '../model-runtime.ts';
import { runFailure } from '../run-failure.ts';
import { checkOrder, type LauncherRules } from './check-order.ts';
import type { Caller } from './launcher-protocol.ts';
import type { CheckedOrder } from './message-schemas.ts';
import { Refused } from './refused.ts';

export type LauncherOptions = {
  readonly rules: LauncherRules;
  /** Makes the runtime for a consumer, which knows the containers of this consumer alone; null where there is no such consumer. */
  runtimeFor(consumer: string): Promise<ModelRuntime | null>;
  /** Containers that all consumers may have at the same time, prepared ones included. */
  readonly containersMax: number;
  /** Told of each order that was refused, for the log. */
  onRefused(what: { readonly consumer: string; readonly reason: string }): void;
};

/** What is kept of one start of a consumer. */
type Served = {
  readonly boot: string;
  readonly runtime: ModelRuntime;
  /** What was prepared and is not released, by attempt: with the text of the order, so that no other one runs in its place. */
  readonly prepared: Map<string, { readonly text: string; readonly order: RunOrder; readonly image: string | null }>;
  /** The last of what prepares or releases an attempt. */
  readonly turns: Map<string, Promise<unknown>>;
  /** What stops the runs of an attempt. */
  readonly runs: Map<string, Set<AbortController>>;
};

type Stopped = RunEnd & { readonly kind: 'stopped' };

const NO_FOLDER = 'The launcher finds no folder of this consumer below its WORK_DIR: give the consumer and the launcher the same WORK_DIR.';

type WithOrder = Caller & { readonly sent: CheckedOrder };
type WithAttempt = Caller & { readonly attempt: AttemptRef };

/** Runs models for consumers that must not have the engine: what they ask for is checked and made anew. */
export class Launcher {
  readonly #options: LauncherOptions;
  readonly #served = new Map<string, Promise<Served>>();
  readonly #boots = new Map<string, string>();
  /** Attempts that have, or may have, a container: `consumer/attempt`. */
  readonly #held = new Set<string>();

  constructor(options: LauncherOptions) {
    this.#options = options;
  }

  async check(caller: Caller) {
    return (await this.#serve(caller)).runtime.check();
  }

  /** As the port's `prepare`: what may not run is a failure. */
  async prepare(message: WithOrder, observer: RunObserver, signal: AbortSignal): Promise<Prepared> {
    const served = await this.#serve(message);
    return await inTurn(served, message.sent, () => this.#prepare(served, message, observer, signal));
  }

  async #prepare(served: Served, { consumer, sent }: WithOrder, observer: RunObserver, signal: AbortSignal): Promise<Prepared> {
    // Whoever gave it up while it waited may have had it released.
    signal.throwIfAborted();
    const found = await checkOrder(consumer, sent, this.#options.rules);
    if (!found.ok) return this.#refused(consumer, found.failure);
    const room = this.#take(consumer, sent);
    if (room !== null) return this.#refused(consumer, room.failure);
    // One container for each attempt, however often it is prepared.
    if (served.prepared.delete(keyOf(sent))) await served.runtime.release(sent);
    const prepared = await served.runtime.prepare(found.order, observer, signal);
    if (prepared.kind === 'ready')
      served.prepared.set(keyOf(sent), { text: JSON.stringify(sent), order: found.order, image: prepared.image });
    return prepared;
  }

  /**
   * Runs an order that was prepared; what this launcher knows nothing of, as one that was started again meanwhile, it prepares: so no image runs
   * that was not looked at. `onBegun` is called once it can be stopped.
   */
  async run(message: WithOrder & { readonly image: string }, observer: RunObserver, onBegun: () => void): Promise<RunEnd> {
    const { sent, image } = message;
    const served = await this.#serve(message);
    if (served.runs.has(keyOf(sent))) throw new Refused(409, 'This attempt runs already.');
    return await this.#stoppable(served, sent, async (signal) => {
      onBegun();
      const text = JSON.stringify(sent);
      if (served.prepared.get(keyOf(sent))?.text !== text) {
        const prepared = await this.prepare({ ...message, sent: { ...sent, pinnedImage: image } }, observer, signal);
        if (prepared.kind === 'failed') return prepared;
      }
      const known = served.prepared.get(keyOf(sent));
      if (known === undefined) return runFailure('infrastructure', 'The attempt was released before it ran.');
      return await served.runtime.run(known.order, known.image, observer, signal);
    });
  }

  /** Whether there is a model to follow; it is no orphan from then on. */
  async adopt(message: WithOrder): Promise<boolean> {
    const { runtime } = await this.#serve(message);
    const order = await this.#orderOf(message);
    return order !== null && (await runtime.adopt(order)) !== null;
  }

  /** Follows a model to its end; null where there is none. `onBegun` is called once it can be stopped. */
  async follow(message: WithOrder, observer: RunObserver, onBegun: () => void): Promise<RunEnd | null> {
    const served = await this.#serve(message);
    return await this.#stoppable(served, message.sent, async (signal) => {
      onBegun();
      const order = await this.#orderOf(message);
      const adopted = order === null ? null : await served.runtime.adopt(order);
      if (adopted === null) return null;
      this.#held.add(`${message.consumer}/${keyOf(message.sent)}`);
      return await adopted.follow(observer, signal);
    });
  }

  async stop(message: WithAttempt): Promise<void> {
    const { runs } = await this.#serve(message);
    for (const run of runs.get(keyOf(message.attempt)) ?? []) run.abort();
  }

  async release(message: WithAttempt): Promise<void> {
    const served = await this.#serve(message);
    const key = keyOf(message.attempt);
    // After what still prepares it, though nobody waits for that any more: its container is not there yet, and would stay.
    await inTurn(served, message.attempt, async () => {
      served.prepared.delete(key);
      await served.runtime.release(message.attempt);
      this.#held.delete(`${message.consumer}/${key}`);
    });
  }

  async sweep(message: Caller & { readonly live: readonly AttemptRef[] }): Promise<number> {
    const { consumer, live } = message;
    const { runtime, prepared, runs } = await this.#serve(message);
    const gone = await runtime.sweep(live);
    const kept = new Set([...live.map(keyOf), ...prepared.keys(), ...runs.keys()]);
    const isGone = (held: string) => held.startsWith(`${consumer}/`) && !kept.has(held.slice(consumer.length + 1));
    for (const held of [...this.#held].filter(isGone)) this.#held.delete(held);
    return gone;
  }

  /** A consumer that was started again gets a runtime that knows of no attempt: what its dead process ran is an orphan, or is adopted. */
  async #serve({ consumer, boot }: Caller): Promise<Served> {
    if (this.#boots.get(consumer) !== boot) {
      const made = this.#options.runtimeFor(consumer).then((runtime) => {
        if (runtime === null) throw new Refused(403, NO_FOLDER);
        return { boot, runtime, prepared: new Map(), turns: new Map(), runs: new Map() };
      });
      this.#served.set(consumer, made);
      this.#boots.set(consumer, boot);
      made.catch(() => this.#boots.delete(consumer));
    }
    const served = await this.#served.get(consumer);
    if (served === undefined) throw new Error('a consumer with a boot has a runtime');
    return served;
  }

  async #orderOf({ consumer, sent }: WithOrder): Promise<RunOrder | null> {
    const found = await checkOrder(consumer, sent, this.#options.rules);
    if (found.ok) return found.order;
    this.#options.onRefused({ consumer, reason: found.failure.reason });
    return null;
  }

  async #stoppable<End>(served: Served, attempt: AttemptRef, work: (signal: AbortSignal) => Promise<End>): Promise<End | Stopped> {
    const stop = new AbortController();
    const key = keyOf(attempt);
    const runs = served.runs.get(key) ?? new Set();
    served.runs.set(key, runs.add(stop));
    try {
      return await work(stop.signal);
    } catch (error) {
      if (stop.signal.aborted && error === stop.signal.reason) return { kind: 'stopped' };
      throw error;
    } finally {
      runs.delete(stop);
      if (runs.size === 0) served.runs.delete(key);
    }
  }

  #take(consumer: string, attempt: AttemptRef): (RunEnd & { kind: 'failed' }) | null {
    const held = `${consumer}/${keyOf(attempt)}`;
    const { containersMax } = this.#options;
    if (!this.#held.has(held) && this.#held.size >= containersMax) {
      const reason = `The launcher has ${containersMax} containers already, as many as CONTAINERS_MAX allows.`;
      return runFailure('infrastructure', reason);
    }
    this.#held.add(held);
    return null;
  }

  #refused(consumer: string, failure: (RunEnd & { kind: 'failed' })['failure']): Prepared {
    this.#options.onRefused({ consumer, reason: failure.reason });
    return { kind: 'failed', failure };
  }
}

/** Does something with an attempt after all that was begun before it. */
async function inTurn<Value>({ turns }: Served, attempt: AttemptRef, work: () => Promise<Value>): Promise<Value> {
  const key = keyOf(attempt);
  const turn = (turns.get(key) ?? Promise.resolve()).then(work);
  const settled = turn.then(
    () => {},
    () => {},
  );
  turns.set(key, settled);
  try {
    return await turn;
  } finally {
    if (turns.get(key) === settled) turns.delete(key);
  }
}

function keyOf({ taskUid, attempt }: AttemptRef): string {
  return `${taskUid}/${attempt}`;
}
