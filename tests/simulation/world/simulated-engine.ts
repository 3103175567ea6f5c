import type { AdoptedModel, AttemptRef, ModelRuntime, RunEnd, RunObserver, RunOrder } from '@inference/runtime';
import type { SeenContainer } from '../invariants/stops-are-heard.ts';
import type { ProcessLife } from './process-life.ts';
import type { Random } from './random.ts';
import type { SimulatedContainer } from './simulated-container.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import { INPUT_FILE, OUTPUT_FILE, resultOf } from './simulated-zips.ts';
import type { Timeline } from './timeline.ts';
import { watchIdle } from './watch-idle.ts';

/** What an input tells its model to do. */
export type Behaviour = 'succeed' | 'fail' | 'hang' | 'slow' | 'linger';

/** Models run so long at most, in milliseconds; slow ones so many times longer, within the time limit of their model. */
const RUN_MS = 4_000;
const SLOW_TIMES = 7;
/** Models close their output so long before they end at most, in milliseconds; those that linger go on as long as slow ones. */
const CLOSING_MS = 1_500;
/** From TERM to the end of a model that is stopped, in milliseconds at most. */
const STOP_MS = 12_000;
/** What strikes at the end of a model does so this much later at most, in milliseconds: while its output is collected and reported. */
const STRIKE_MS = 60;
/** Of the calls of an engine that loses some, so many break off. */
const LOST_SHARE = 0.5;
/** Of the models that hang, so many do nothing, which is seen after the time that their model allows; the others compute until their time limit. */
const IDLE_SHARE = 0.5;
const HALF_RESULT = 'what there was when the model was told to end';
const LOST = 'The container of the model was killed by somebody else.';

/** The engine of a simulated machine, with room for so many models at a time. */
export class SimulatedEngine {
  isDown = false;
  /** Now and then a call breaks off, and who asked does not know whether it was heard: half of these take effect. */
  losesReplies = false;
  /** Called when the next model ends, once: for faults that come at the worst moment. */
  atNextEnd: (() => void) | null = null;
  /** Models that closed their output, and whose place was not free soon after that: for each, one attempt may wait in vain. */
  lateClosings = 0;
  /** What consumers asked of it and never may. */
  readonly wrongs: string[] = [];
  readonly #slots: number;
  /** Every start of a model there ever was, by task: a model that is not restarted is started once per attempt. */
  readonly starts: string[] = [];
  readonly #timeline: Timeline;
  readonly #random: Random;
  readonly #disk: SimulatedDisk;
  readonly #containers = new Map<string, SimulatedContainer>();

  constructor(timeline: Timeline, random: Random, { disk, slots }: { disk: SimulatedDisk; slots: number }) {
    this.#timeline = timeline;
    this.#random = random;
    this.#disk = disk;
    this.#slots = slots;
  }

  /** Every container that is there. */
  containers(): SeenContainer[] {
    return [...this.#containers.values()].map(({ key, order, state, follower, isTold, isHung }) => ({
      key,
      gpuUuids: order.gpuUuids,
      isRunning: state === 'running',
      isFollowed: follower !== null && !follower.life.isStopped,
      isTold,
      isHung,
    }));
  }

  /** Kills one running model, as an operator or the kernel may. */
  killOne(): void {
    const running = this.#running();
    const container = running[this.#random.below(Math.max(1, running.length))];
    if (container !== undefined) this.#end(container, { kind: 'failed', failure: { class: 'infrastructure', reason: LOST } });
  }

  /** The machine loses its power: nothing runs any more, and the engine knows no running container after it. */
  cutPower(): void {
    for (const container of this.#containers.values()) {
      if (container.state === 'running') this.#end(container, { kind: 'failed', failure: { class: 'infrastructure', reason: LOST } });
    }
  }

  /** The engine as a consumer sees it. */
  seenBy(life: ProcessLife): ModelRuntime {
    const asks = <Answer>(work: () => Answer) =>
      life.ask(
        () => {
          if (this.isDown) throw new Error('The engine cannot be reached.');
          const isLost = this.#losesOne();
          if (isLost && this.#random.chance(0.5)) throw new Error('The engine did not get what it was asked.');
          const answer = work();
          if (isLost) throw new Error('The answer of the engine was lost.');
          return answer;
        },
        this.#random.chance(0.3) ? this.#random.below(300) : 0,
      );
    /** As the real runtimes do: what this process is about to run is no orphan, though nobody has listed it yet. */
    const active = new Set<string>();
    return {
      modelsOutliveUs: true,
      check: () => life.ask(() => (this.isDown ? { ok: false, reason: 'The engine cannot be reached.' } : { ok: true, version: '1' })),
      prepare: async (order) => {
        active.add(keyOf(order));
        const isMade = await this.#unlessDown(asks(() => this.#make(order)));
        return isMade === null ? { kind: 'failed', failure: ENGINE_AWAY } : { kind: 'ready', image: 'sha256:image' };
      },
      run: async (order, _image, observer, signal) => {
        if (signal.aborted) return { kind: 'stopped' };
        const container = await this.#unlessDown(asks(() => this.#start(order)));
        return container === null ? UNKNOWN_END : await this.#follow(life, container, observer, signal);
      },
      adopt: (order) => {
        active.add(keyOf(order));
        return asks(() => this.#adopt(life, order));
      },
      release: async (attempt) => {
        active.delete(keyOf(attempt));
        await asks(() => void this.#remove(keyOf(attempt)));
      },
      sweep: (live) => asks(() => this.#sweep(new Set([...live.map(keyOf), ...active]))),
    };
  }

  async #unlessDown<Answer>(asking: Promise<Answer>): Promise<Answer | null> {
    try {
      return await asking;
    } catch {
      return null;
    }
  }

  #make(order: RunOrder): true {
    const key = keyOf(order);
    if (!this.#containers.has(key)) {
      const ended = Promise.withResolvers<void>();
      const made = { key, order, state: 'created', end: { kind: 'done', warnings: [] }, ended, cancel: () => {} } as const;
      this.#containers.set(key, { ...made, isIdle: false, follower: null, isTold: false, isHung: false });
    }
    return true;
  }

  #start(order: RunOrder): SimulatedContainer {
    this.#make(order);
    const container = this.#containers.get(keyOf(order)) as SimulatedContainer;
    if (container.state !== 'created') return container;
    container.state = 'running';
    this.starts.push(container.key);
    this.#checkRoom(container);
    const input = this.#disk.contentOf(`${order.folders.input}/${INPUT_FILE}`)?.toString() ?? '';
    const behaviour = input.split(' ')[0] as Behaviour;
    container.isIdle = behaviour === 'hang' && this.#random.chance(IDLE_SHARE);
    if (behaviour === 'hang') return container;
    const runMs = this.#random.below(RUN_MS);
    container.cancel = this.#timeline.after(behaviour === 'slow' ? runMs * SLOW_TIMES : runMs, () => this.#close(container, input));
    return container;
  }

  /** Nothing shares a slot, and nothing a GPU. */
  #checkRoom({ key, order }: SimulatedContainer): void {
    const others = this.#running().filter((other) => other.key !== key);
    const plain = others.filter((other) => other.order.gpuUuids.length === 0).length;
    if (order.gpuUuids.length === 0 && plain >= this.#slots)
      this.wrongs.push(`${key} was started as one of ${plain + 1} models in ${this.#slots} slots`);
    for (const { key: other, order: theirs } of others) {
      const shared = order.gpuUuids.find((uuid) => theirs.gpuUuids.includes(uuid));
      if (shared !== undefined) this.wrongs.push(`${key} was started on ${shared}, which ${other} uses`);
    }
    if (order.model.useGpu && order.gpuUuids.length === 0) this.wrongs.push(`${key} was started without a GPU`);
  }

  #running(): SimulatedContainer[] {
    return [...this.#containers.values()].filter(({ state }) => state === 'running');
  }

  /** The model closes its output; nearly always it ends then, or soon. */
  #close(container: SimulatedContainer, input: string): void {
    const behaviour = input.split(' ')[0] as Behaviour;
    const { follower } = container;
    follower?.life.when(() => follower.observer.onClosing());
    if (behaviour === 'linger') this.lateClosings += 1;
    const soonMs = this.#random.chance(0.5) ? 0 : this.#random.below(CLOSING_MS);
    const endsMs = behaviour === 'linger' ? this.#random.below(RUN_MS) * SLOW_TIMES : soonMs;
    container.cancel = this.#timeline.after(endsMs, () => this.#finish(container, input, behaviour));
  }

  #finish(container: SimulatedContainer, input: string, behaviour: Behaviour): void {
    if (behaviour === 'fail') {
      this.#end(container, { kind: 'failed', failure: { class: 'model_error', reason: 'exit code 3', exitCode: 3 } });
      return;
    }
    const { model, output } = container.order.folders;
    const weights = this.#disk.contentOf(`${model}/${INPUT_FILE}`)?.toString() ?? 'none';
    try {
      this.#disk.put(`${output}/${OUTPUT_FILE}`, Buffer.from(resultOf(input, weights)));
      this.#end(container, { kind: 'done', warnings: [] });
    } catch {
      this.#end(container, { kind: 'failed', failure: { class: 'infrastructure', reason: 'The disk of the machine was full.' } });
    }
  }

  /** Half of the models end well when they are told to, with what they have made so far: only who told them knows that it is not all. */
  #endTold(container: SimulatedContainer): void {
    if (container.state === 'ended') return;
    const endsWell = this.#random.chance(0.5);
    // Its folder may be gone: while an engine cannot be asked, what no attempt owns is removed all the same.
    const folder = container.order.folders.output;
    if (endsWell && !this.#disk.isFull && this.#disk.has(folder)) this.#disk.put(`${folder}/${OUTPUT_FILE}`, Buffer.from(HALF_RESULT));
    this.#end(container, endsWell ? { kind: 'done', warnings: [] } : { kind: 'stopped' });
  }

  #end(container: SimulatedContainer, end: RunEnd): void {
    if (container.state === 'ended') return;
    container.cancel();
    if (container.state === 'running') this.#strike();
    container.state = 'ended';
    container.end = end;
    container.ended.resolve();
  }

  #strike(): void {
    const strike = this.atNextEnd;
    this.atNextEnd = null;
    if (strike !== null) this.#timeline.after(this.#random.below(STRIKE_MS), strike);
  }

  /**
   * Waits for the end of a model; an aborted signal stops it. Where the answer is lost, be it in the middle, of the stop or of the end, nobody
   * knows whether it lives.
   */
  async #follow(life: ProcessLife, container: SimulatedContainer, observer: RunObserver, signal: AbortSignal): Promise<RunEnd> {
    const lost = Promise.withResolvers<void>();
    /** Whether it was told to end while it ran: then it has not ended by itself, however it did. */
    let hasStopped = false;
    const stop = () => {
      life.when(() => {
        if (container.state === 'ended') return;
        const isLost = this.#losesOne();
        if (isLost) lost.resolve();
        if (isLost && this.#random.chance(0.5)) return;
        container.isTold = true;
        hasStopped = true;
        this.#timeline.after(this.#random.below(STOP_MS), () => this.#endTold(container));
      });
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const follower = { life, observer };
    container.follower = follower;
    const stopWatching = watchIdle(this.#timeline, container, follower);
    if (this.#losesOne()) this.#timeline.after(this.#random.below(RUN_MS), lost.resolve);
    const isKnown = await life.ask(() =>
      Promise.race([container.ended.promise.then(() => !this.#losesOne()), lost.promise.then(() => false)]),
    );
    signal.removeEventListener('abort', stop);
    stopWatching();
    if (container.follower === follower) container.follower = null;
    if (!isKnown) return UNKNOWN_END;
    if (hasStopped) return { kind: 'stopped' };
    if (container.end.kind === 'done') observer.onOutput('stdout', 'done\n');
    return container.end;
  }

  #losesOne(): boolean {
    return this.losesReplies && this.#random.chance(LOST_SHARE);
  }

  #adopt(life: ProcessLife, order: RunOrder): AdoptedModel | null {
    const container = this.#containers.get(keyOf(order));
    if (container === undefined || container.state === 'created') return null;
    if (container.end.kind === 'stopped' || (container.end.kind === 'failed' && container.end.failure.class === 'infrastructure'))
      return null;
    return { follow: (observer, signal) => this.#follow(life, container, observer, signal) };
  }

  #sweep(kept: ReadonlySet<string>): number {
    const orphans = [...this.#containers.keys()].filter((key) => !kept.has(key));
    for (const key of orphans) this.#remove(key);
    return orphans.length;
  }

  #remove(key: string): void {
    const container = this.#containers.get(key);
    if (container !== undefined) this.#end(container, { kind: 'stopped' });
    this.#containers.delete(key);
  }
}

const ENGINE_AWAY = { class: 'infrastructure', reason: 'The engine cannot be reached.' } as const;
/** As the real runtimes say it of a start or an end that the engine did not answer. */
const UNKNOWN_END: RunEnd = { kind: 'failed', failure: ENGINE_AWAY, mayLive: true };

export function keyOf({ taskUid, attempt }: AttemptRef): string {
  return `${taskUid}/${attempt}`;
}
