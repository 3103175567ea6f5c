import type { Readable } from 'node:stream';
import type { ModelSpec, Outcome, Pool, StoredOutput } from '@inference/domain';

/** Who a consumer is and what it can run. */
export type ConsumerInfo = {
  /** Stays the same over restarts. */
  readonly consumerId: string;
  /** New with each start: attempts of earlier boots have no holder any more. */
  readonly bootId: string;
  /** The pools that it serves when all is well. */
  readonly pools: readonly Pool[];
  /** How many GPUs it has. */
  readonly gpus: number;
  /** Why some of its pools get no work now, for people: "Docker is not reachable: ..."; a pool that is well is not named. */
  readonly trouble: Readonly<Partial<Record<Pool, string>>>;
};

/** A wish for one task. Repeated with the same claim id it answers the same attempt, so a lost reply leaves no orphan. */
export type ClaimRequest = Pick<ConsumerInfo, 'consumerId' | 'bootId' | 'pools'> & { readonly claimId: string };

/** Names an attempt and proves the right to it; every write carries it. */
export type Lease = { readonly taskUid: string; readonly attempt: number; readonly token: string };

/** A claimed attempt: what to run, on what. */
export type ClaimedAttempt = Lease & {
  readonly model: ModelSpec;
  readonly pinnedImage: string | null;
  readonly input: { readonly bytes: number; readonly sha256: string };
};

/** The last lines of each output stream of the model. */
export type LogTails = { readonly stdout: readonly string[]; readonly stderr: readonly string[] };

/** `stop`: the user cancelled, end the model and report. `stale`: the attempt is over, end the model and report nothing. */
export type RenewReply = 'continue' | 'stop' | 'stale';

/** What a consumer sees of the platform. Adapters: direct calls (one process), HTTP. */
export interface ControlPlane {
  /** Says what the consumer is and can; attempts of its earlier boots go back to the queue. Repeated whenever something changes. */
  hello(consumer: ConsumerInfo): Promise<void>;
  /** Claims the next task of these pools, or null when none is due. */
  claim(request: ClaimRequest): Promise<ClaimedAttempt | null>;
  renew(lease: Lease): Promise<RenewReply>;
  /** Notes progress for the user ("pulling image: 12 of 40 MB") as an event of the task. */
  note(lease: Lease, text: string): Promise<void>;
  /** Pins the image that the first attempt found; answers the one to use (an earlier attempt may have pinned another). */
  pinImage(lease: Lease, image: string): Promise<string>;
  /** Puts the task's input zip at a path on this machine. Rejects with `stale` when the attempt is over. */
  fetchInput(lease: Lease, path: string): Promise<void>;
  /** Puts the model's zip at a path on this machine. */
  fetchModelZip(lease: Lease, path: string): Promise<void>;
  /** Stores the output durably; it counts only once `report` names it. */
  putOutput(lease: Lease, zip: Readable): Promise<StoredOutput>;
  /** Ends the attempt. `stale`: it was over before, nothing changed. */
  report(lease: Lease, outcome: Outcome, tails: LogTails): Promise<'recorded' | 'stale'>;
}
