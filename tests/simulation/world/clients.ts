import { Outage } from '@inference/consumer';
import { AppError } from '@inference/domain';
import { cancelTask, deleteTask, downloadOutput, modelForTask, noWishes, requeueTask, submitTask } from '@inference/private-api/simulated';
import type { Network, RunningApi } from './network.ts';
import { ProcessLife } from './process-life.ts';
import type { Random } from './random.ts';
import type { Behaviour } from './simulated-engine.ts';
import { resultOf, zipOfText } from './simulated-zips.ts';
import { streamOf } from './stream-of.ts';
import type { Timeline } from './timeline.ts';

/** The model that tasks are for. */
export const MODEL = 'echo';
/** The same with GPUs, ... */
export const GPU_MODEL = 'train';
/** ... of which a task asks for so many at most, ... */
const GPUS_MAX = 3;
/** ... and, where there are some, so many of all tasks ask for some. */
const GPU_TASKS = 0.4;
const OWNER = 'ada';
const BY = { owner: OWNER, key: null, requestId: null };
/** A client whose submit has no answer repeats it so often, ... */
const TRIES_MAX = 8;
/** ... after so long, in milliseconds. */
const AGAIN_MS = 3_000;

/** A task as its user knows it. */
export type KnownTask = {
  readonly uid: string;
  readonly input: string;
  readonly behaviour: Behaviour;
  /** Its user was told that it is cancelled, or will be. */
  cancelled: boolean;
  deleted: boolean;
  /** Requeues that were sent, and those whose answer never came: they may take effect at any time. */
  requeues: number;
  unansweredRequeues: number;
  /** Its user did more than to submit it. */
  isTouched: boolean;
};

/** Users of the simulated world: what they were told is what must hold. */
export class Clients {
  readonly tasks: KnownTask[] = [];
  /** What users were told wrongly. */
  readonly wrongs: string[] = [];
  readonly #network: Network;
  readonly #life: ProcessLife;
  readonly #random: Random;
  readonly #haveGpus: boolean;
  #count = 0;
  #submitting = 0;

  constructor(timeline: Timeline, { random, network, haveGpus }: { random: Random; network: Network; haveGpus: boolean }) {
    this.#haveGpus = haveGpus;
    this.#life = new ProcessLife(timeline);
    this.#random = random;
    this.#network = network;
  }

  /** Submits that are not answered yet, and may make a task at any time. */
  get submitting(): number {
    return this.#submitting;
  }

  /** Submits a task under a name of its own, again and again until it is accepted or refused. */
  async submit(behaviour: Behaviour): Promise<void> {
    this.#submitting += 1;
    await this.#submit(behaviour);
    this.#submitting -= 1;
  }

  async #submit(behaviour: Behaviour): Promise<void> {
    const clientKey = `task-${this.#count++}`;
    const input = `${behaviour} ${clientKey}`;
    const gpus = this.#haveGpus && this.#random.chance(GPU_TASKS) ? 1 + this.#random.below(GPUS_MAX) : 0;
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const uid = await this.#ask((api) => this.#submitOnce(api, clientKey, { input, gpus }));
      if (uid !== null) {
        this.#accepted({ uid, input, behaviour, cancelled: false, deleted: false, requeues: 0, unansweredRequeues: 0, isTouched: false });
        // Some repeat what was accepted: it is the same task.
        if (this.#random.chance(0.8)) return;
        continue;
      }
      await new Promise<void>((resolve) => this.#life.clock.after(AGAIN_MS, resolve));
    }
  }

  async cancel(at: number): Promise<void> {
    const task = this.#pick(at);
    if (task === null) return;
    const { requeues, unansweredRequeues } = task;
    task.isTouched = true;
    const answer = await this.#ask((api) => cancelTask(api.deps, task.uid, OWNER, BY));
    if (answer !== 'cancelled' && answer !== 'cancelling') return;
    // A requeue at the same time may have come after it, one that was asked for before it, too.
    if (task.requeues === requeues && unansweredRequeues === 0) task.cancelled = true;
  }

  async requeue(at: number): Promise<void> {
    const task = this.#pick(at);
    if (task === null) return;
    // An earlier cancel holds no more.
    task.cancelled = false;
    task.isTouched = true;
    task.requeues += 1;
    task.unansweredRequeues += 1;
    const answer = await this.#ask(async (api) => {
      await requeueTask(api.deps, task.uid, OWNER, BY);
      return 'requeued';
    }, 'refused');
    if (answer !== null) task.unansweredRequeues -= 1;
  }

  async delete(at: number): Promise<void> {
    const task = this.#pick(at);
    if (task === null) return;
    task.deleted = true;
    task.isTouched = true;
    await this.#ask((api) => deleteTask(api.deps, task.uid, OWNER, BY));
  }

  /** Downloads an output if there is one; it must be what the input demands. */
  async download(at: number): Promise<void> {
    const task = this.#pick(at);
    if (task === null || task.deleted) return;
    const content = await this.#ask((api) => outputOf(api, task.uid));
    if (content === null || content === 'none') return;
    if (content !== expectedOf(task)) this.wrongs.push(`the download of ${task.uid} was ${JSON.stringify(content)}`);
  }

  #accepted(task: KnownTask): void {
    const known = this.tasks.find(({ uid }) => uid === task.uid);
    const twin = this.tasks.find(({ input, uid }) => input === task.input && uid !== task.uid);
    if (twin !== undefined && !twin.deleted) this.wrongs.push(`one name became two tasks: ${twin.uid} and ${task.uid}`);
    if (known === undefined) this.tasks.push(task);
  }

  #pick(at: number): KnownTask | null {
    return this.tasks[at % Math.max(1, this.tasks.length)] ?? null;
  }

  async #submitOnce(api: RunningApi, clientKey: string, { input, gpus }: { input: string; gpus: number }): Promise<string> {
    const sender = { owner: OWNER, clientKey, queuedMax: null, runningMax: null };
    const model = await modelForTask(api.deps, gpus === 0 ? MODEL : GPU_MODEL, { sender, withoutGpu: 'refuse' });
    const upload = await api.deps.files.receive(streamOf(zipOfText(input)), 1_000_000);
    const wishes = { ...noWishes(model), asks: gpus > 1 ? { gpus } : {} };
    return (await submitTask(api.deps, { model, sender, withoutGpu: 'refuse', upload, wishes })).uid;
  }

  /** What was answered; null where nothing was, `refused` where that is no answer to go by. */
  async #ask<Answer>(work: (api: RunningApi) => Promise<Answer>, refused: Answer | null = null): Promise<Answer | null> {
    const link = { isCut: false, isSlow: false, losesReplies: this.#random.chance(0.1) };
    try {
      return await this.#network.call({ life: this.#life, link }, work);
    } catch (error) {
      if (error instanceof AppError) return refused;
      if (error instanceof Outage) return null;
      throw error;
    }
  }
}

/** The zip that a task's output must be. */
export function expectedOf({ input }: Pick<KnownTask, 'input'>): string {
  return zipOfText(resultOf(input)).toString();
}

async function outputOf(api: RunningApi, uid: string): Promise<string> {
  const answer = await downloadOutput(api.deps, uid, OWNER);
  if (answer.kind === 'none') return 'none';
  const pieces: Buffer[] = [];
  await api.deps.files.read(answer.key, async (bytes) => pieces.push(Buffer.from(bytes)) > 0);
  return Buffer.concat(pieces).toString();
}
