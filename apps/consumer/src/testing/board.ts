import { writeFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { ClaimedAttempt, ClaimRequest, ConsumerInfo, ControlPlane, HelloAnswer } from '@inference/contracts';
import { type FailureClass, MODEL_LIMITS, newId, type Outcome } from '@inference/domain';
import { zipOf } from '@inference/testing';

type Leftover = HelloAnswer['leftovers'][number];

/** What the private API knows: tasks that are due, who has claimed which, and what came of it. */
export class Board {
  readonly due: { uid: string; gpuUuids: readonly string[] }[] = [];
  readonly claims: { consumerId: string; taskUid: string }[] = [];
  readonly outcomes: Outcome['kind'][] = [];
  /** The classes of those that are failures. */
  readonly failed: FailureClass[] = [];
  /** Ids of the consumers that cannot reach it. */
  readonly cutOff = new Set<string>();
  asked = 0;
  /** How often something was reported, heard or not. */
  reports = 0;
  /** What a claim waits for before it is answered. */
  gate: Promise<void> = Promise.resolve();
  outputs = 0;
  /** GPUs that were told to be free, in their order. */
  readonly freed: string[] = [];
  /** What telling that rejects with; null: it is heard. */
  freeFault: Error | null = null;
  freeTries = 0;
  readonly hellos: ConsumerInfo[] = [];
  /** What hellos are answered with, until they say that it is gone. */
  leftovers: readonly Leftover[] = [];
  /** What an output waits for before it is taken, ... */
  outputGate: Promise<void> = Promise.resolve();
  /** ... and a report, before it is heard. */
  reportGate: Promise<void> = Promise.resolve();

  /** @param gpuUuids what whoever claims it is given */
  add(gpuUuids: readonly string[] = []): string {
    const uid = newId();
    this.due.push({ uid, gpuUuids });
    return uid;
  }

  /** What a claim of a task answers. */
  attempt({ uid: taskUid, gpuUuids }: { uid: string; gpuUuids: readonly string[] }): ClaimedAttempt {
    const model = { zip: null, limits: MODEL_LIMITS };
    return { taskUid, attempt: 1, token: 't', model, pinnedImage: null, gpuUuids } as unknown as ClaimedAttempt;
  }

  claimedBy(consumerId: string): number {
    return this.claims.filter((claim) => claim.consumerId === consumerId).length;
  }

  control(): ControlPlane {
    return {
      hello: async (info: ConsumerInfo) => {
        this.hellos.push(info);
        const isGone = (one: Leftover) => info.gone.some(({ taskUid }) => taskUid === one.taskUid);
        this.leftovers = this.leftovers.filter((one) => !isGone(one));
        return { leftovers: this.leftovers };
      },
      claim: (request: ClaimRequest) => this.#claim(request),
      keepLease: () => () => {},
      tellLive: async () => {},
      fetchInput: async (_lease: unknown, path: string) => writeFile(path, await zipOf({ 'in.txt': 'hello' })),
      putOutput: async (_lease: unknown, openZip: () => Readable) => {
        this.outputs += 1;
        await this.outputGate;
        return { key: 'out', bytes: (await buffer(openZip())).length, sha256: 'hash' };
      },
      freeDevices: async ({ gpuUuids }: ClaimedAttempt) => {
        this.freeTries += 1;
        if (this.freeFault !== null) throw this.freeFault;
        this.freed.push(...gpuUuids);
      },
      report: async (_lease: unknown, outcome: Outcome) => {
        this.reports += 1;
        await this.reportGate;
        this.outcomes.push(outcome.kind);
        if (outcome.kind === 'fail') this.failed.push(outcome.failure.class);
        return 'recorded';
      },
    } as unknown as ControlPlane;
  }

  async #claim({ consumerId }: ClaimRequest): Promise<ClaimedAttempt | null> {
    this.asked += 1;
    await this.gate;
    if (this.cutOff.has(consumerId)) throw new Error('cut off');
    const task = this.due.shift();
    if (task === undefined) return null;
    this.claims.push({ consumerId, taskUid: task.uid });
    return this.attempt(task);
  }
}
