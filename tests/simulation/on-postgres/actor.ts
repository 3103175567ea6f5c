import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ClaimedAttempt } from '@inference/contracts';
import type { Outcome } from '@inference/domain';
import { type Deps, deleteOldFiles, directControlPlane } from '@inference/private-api';
import {
  cancelTask,
  deleteTask,
  expireLeases,
  modelForTask,
  noWishes,
  renewLease,
  requeueTask,
  retryTask,
  ringDueTasks,
  submitTask,
} from '@inference/private-api/simulated';
import type { Cards } from './cards.ts';
import { Machine } from './machine.ts';

/** What the actors of a scenario know together: whoever learned of a task or a lease, all may use it, late and twice. */
export type Shared = {
  readonly uids: string[];
  readonly leases: ClaimedAttempt[];
  /** The claim id by which an attempt was handed out. */
  readonly claimed: Map<string, string>;
  /** The image that a task was pinned to, for whoever asked first. */
  readonly pinned: Map<string, string>;
  /** The boot that an attempt was handed out to. */
  readonly boots: Map<string, string>;
  readonly cards: Cards;
  /** Whether an attempt is lost, or was before it lived again. Of a deleted task nobody can tell any more. */
  readonly wasLost: (attempt: Pick<ClaimedAttempt, 'taskUid' | 'attempt'>) => Promise<boolean>;
};

const OWNERS = ['anna', 'ben'] as const;
/** GPUs that a task asks for at most. */
const GPUS_MAX = 2;
const LOOKS = 6;
const NO_TAILS = { stdout: ['out'], stderr: [] };
const NEVER = new AbortController().signal;

/** Somebody who is a user, a consumer and a loop by turns. */
export class Actor {
  readonly #deps: Deps;
  readonly #shared: Shared;
  readonly #random: () => number;
  readonly #consumerId: string;
  readonly #machine: Machine;
  #bootId = 'boot-0';

  constructor(deps: Deps, shared: Shared, { index, random }: { index: number; random: () => number }) {
    this.#deps = deps;
    this.#shared = shared;
    this.#random = random;
    // Two actors each share a name, as a consumer and what is left of its last start do.
    this.#consumerId = `c${index >> 1}`;
    this.#machine = new Machine(deps, shared, { consumerId: this.#consumerId, random });
  }

  /** Makes its machine known. */
  async start(): Promise<void> {
    await this.#machine.greet(this.#bootId, []);
  }

  /** Does one thing at random. @throws AppError where it is refused */
  async act(): Promise<void> {
    const acts = {
      submit: 8,
      claim: 9,
      renew: 3,
      tell: 3,
      pin: 1,
      forge: 1,
      succeed: 4,
      fail: 3,
      cancel: 2,
      requeue: 2,
      retry: 1,
      remove: 1,
      expire: 1,
      purge: 2,
      ring: 1,
      greet: 2,
      free: 4,
    } as const;
    const names = Object.entries(acts).flatMap(([name, weight]) => Array<keyof typeof acts>(weight).fill(name as keyof typeof acts));
    await this.#do(this.#one(names) ?? 'submit');
  }

  async #do(name: string): Promise<void> {
    const deps = this.#deps;
    const owner = this.#one(OWNERS) ?? 'anna';
    const by = { owner, key: null, requestId: null };
    const uid = this.#one(this.#shared.uids);
    if (name === 'submit') return await this.#submit(owner);
    if (name === 'claim') return await this.#claim();
    if (name === 'expire') return await this.#expire();
    if (name === 'purge') return await deleteOldFiles(deps).runOnce();
    if (name === 'ring') return await ringDueTasks(deps).runOnce();
    if (name === 'greet') return await this.#greet();
    if (uid === undefined) return;
    if (name === 'cancel') await cancelTask(deps, uid, null, by);
    else if (name === 'remove') await deleteTask(deps, uid, null, by);
    else if (name === 'requeue') await requeueTask(deps, uid, null, by);
    else if (name === 'retry') await this.#retry(uid, owner);
    else await this.#work(name);
  }

  async #submit(owner: string): Promise<void> {
    const clientKey = this.#random() < 0.5 ? `name ${Math.floor(this.#random() * 4)}` : null;
    const sender = { owner, clientKey, queuedMax: this.#random() < 0.5 ? 3 : null, runningMax: null };
    const gpus = this.#random() < 0.35 ? 1 + Math.floor(this.#random() * GPUS_MAX) : 0;
    const model = await modelForTask(this.#deps, gpus > 0 ? 'train' : 'echo', { sender, withoutGpu: 'fail' });
    const wishes = { ...noWishes(model), asks: gpus > 1 ? { gpus } : {} };
    const upload = await this.#deps.files.receive(Readable.from([Buffer.from('input')]), 100);
    this.#shared.uids.push((await submitTask(this.#deps, { model, sender, withoutGpu: 'fail', upload, wishes })).uid);
  }

  async #retry(uid: string, owner: string): Promise<void> {
    const sender = { owner, clientKey: null, queuedMax: null, runningMax: null };
    const made = await retryTask(this.#deps, uid, { viewer: null, sender, by: { owner, key: null, requestId: null } });
    this.#shared.uids.push(made.uid);
  }

  /** Asks, now and then twice at once, as after a lost reply. */
  async #claim(): Promise<void> {
    const pool = this.#random() < 0.5 ? ('docker-cpu' as const) : ('docker-gpu' as const);
    const request = { claimId: randomUUID(), consumerId: this.#consumerId, bootId: this.#bootId, pools: [pool] };
    const look = this.#shared.cards.watch(this.#consumerId);
    const times = this.#random() < 0.2 ? 2 : 1;
    const answers = await Promise.all(Array.from({ length: times }, () => directControlPlane(this.#deps).claim(request)));
    for (const answer of answers) {
      if (answer === null) continue;
      const name = `${answer.taskUid}/${answer.attempt}`;
      const before = this.#shared.claimed.get(name);
      if (before !== undefined && before !== request.claimId) throw new Error(`${name} was handed to two claims`);
      this.#shared.claimed.set(name, request.claimId);
      this.#shared.boots.set(name, request.bootId);
      this.#shared.cards.use(answer);
      look(answer);
      this.#shared.leases.push(answer);
    }
  }

  /** Does something with a lease, be it the newest or one that is long over. */
  async #work(name: string): Promise<void> {
    const { leases } = this.#shared;
    const lease = this.#random() < 0.6 ? leases.at(-1 - Math.floor(this.#random() * 3)) : this.#one(leases);
    if (lease === undefined) return;
    const control = directControlPlane(this.#deps);
    if (name === 'renew') await renewLease(this.#deps, lease);
    else if (name === 'pin') await this.#pin(lease);
    else if (name === 'forge') await this.#forge(lease);
    else if (name === 'free') await this.#machine.free(lease);
    else if (name === 'tell') await this.#tell(lease);
    else if (name === 'succeed') {
      const content = `output ${Math.floor(this.#random() * 2)}`;
      const output = await control.putOutput(lease, () => Readable.from([Buffer.from(content)]), NEVER);
      await control.report(lease, { kind: 'succeed', output, warnings: [] }, NO_TAILS);
    } else await control.report(lease, this.#failure(), NO_TAILS);
  }

  /** Whatever the first attempt pinned, all later ones run. */
  async #pin(lease: ClaimedAttempt): Promise<void> {
    const image = await directControlPlane(this.#deps).pinImage(lease, `echo@${Math.floor(this.#random() * 2)}`, NEVER);
    const before = this.#shared.pinned.get(lease.taskUid) ?? image;
    if (before !== image) throw new Error(`${lease.taskUid} was pinned to ${before}, and then to ${image}`);
    this.#shared.pinned.set(lease.taskUid, image);
  }

  /** Speaks for an attempt with the token of another one: nothing may come of it. */
  async #forge(lease: ClaimedAttempt): Promise<void> {
    const token = this.#one(this.#shared.leases)?.token ?? '';
    if (token === lease.token) return;
    const control = directControlPlane(this.#deps);
    const forged = { ...lease, token };
    await this.#machine.forgeFree(forged);
    if (!lease.gpuUuids.every((uuid) => uuid.startsWith(this.#consumerId))) await this.#machine.forgeGone(this.#bootId, lease);
    const output = await control.putOutput(lease, () => Readable.from([Buffer.from('forged')]), NEVER);
    const outcome: Outcome = this.#random() < 0.5 ? { kind: 'succeed', output, warnings: [] } : this.#failure();
    const reported = await control.report(forged, outcome, NO_TAILS);
    if (reported !== 'stale') throw new Error(`a report of ${lease.taskUid}/${lease.attempt} with a wrong token was ${reported}`);
    const told = await control.tellLive(forged, { pieces: [], progress: { fraction: 0, text: 'forged' } }).then(
      () => 'taken',
      () => 'refused',
    );
    if (told === 'taken') throw new Error(`live output of ${lease.taskUid}/${lease.attempt} with a wrong token was taken`);
    const renewed = await renewLease(this.#deps, forged);
    if (renewed !== 'stale') throw new Error(`a renewal of ${lease.taskUid}/${lease.attempt} with a wrong token was answered ${renewed}`);
  }

  async #tell(lease: ClaimedAttempt): Promise<void> {
    // Cut at the same places by all: a consumer tells one batch at a time, and one that was not answered as it was.
    const offset = 5 * Math.floor(this.#random() * 3);
    const piece = { stream: 'stdout' as const, offset, text: 'line\n', open: this.#random() < 0.3 };
    // Most models tell nothing of their progress: then only the log changes.
    const progress = this.#random() < 0.3 ? { fraction: this.#random(), text: 'on its way' } : null;
    await directControlPlane(this.#deps).tellLive(lease, { pieces: [piece], progress });
  }

  #failure(): Outcome {
    const failures: readonly Outcome[] = [
      { kind: 'fail', failure: { class: 'infrastructure', reason: 'The disk broke.' } },
      { kind: 'fail', failure: { class: 'model_error', reason: 'The model ended with exit code 3.', exitCode: 3 } },
      { kind: 'hand_back', reason: 'The consumer stops.' },
    ];
    return this.#one(failures) ?? { kind: 'hand_back', reason: '' };
  }

  /** Watches for as long as a lease lives: those that nobody renews meanwhile end. */
  async #expire(): Promise<void> {
    const loop = expireLeases(this.#deps);
    for (let look = 0; look < LOOKS; look++) await loop.runOnce();
  }

  async #greet(): Promise<void> {
    if (this.#random() < 0.5) this.#bootId = `boot-${Math.floor(this.#random() * 1000)}`;
    const holding = this.#random() < 0.5 ? this.#shared.leases.slice(-2).map(({ taskUid, attempt }) => ({ taskUid, attempt })) : [];
    await this.#machine.greet(this.#bootId, holding);
  }

  #one<Value>(values: readonly Value[]): Value | undefined {
    return values[Math.floor(this.#random() * values.length)];
  }
}
