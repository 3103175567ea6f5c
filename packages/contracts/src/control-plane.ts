import type { Readable } from 'node:stream';
import type { LiveBatch, LogEnds, Outcome, StoredOutput } from '@inference/domain';
import type { ClaimedAttempt, ClaimRequest } from './claim.ts';
import type { ConsumerHello, HelloAnswer } from './consumer-info.ts';
import type { Lease } from './lease.ts';
import type { LogTails } from './log-tails.ts';

/** `stop`: the user cancelled, end the model and report. `stale`: the attempt is over, end the model and report nothing. */
export type RenewReply = 'continue' | 'stop' | 'stale';

/** How a lease is kept. */
export type Keeping = {
  /** From one renewal to the next, in milliseconds. */
  readonly everyMs: number;
  /** Whether the first renewal is made now, rather than after that time: for a lease that was not kept for a while. */
  readonly atOnce?: boolean;
  /** Hears each reply, and of a cancel at once. A renewal that fails is repeated, and not heard of. */
  onReply(reply: RenewReply): void;
};

/**
 * What a consumer sees of the platform. Adapters: direct calls (one process), HTTP.
 *
 * Calls reject with an `AppError` where the answer is final (`stale`: the attempt is over), and with any other error where the platform
 * is away; the transfers, and pinning, have by then waited for it for a while. Those that take a signal end early when it is aborted.
 */
export interface ControlPlane {
  /**
   * Says what the consumer is, can and holds; attempts of its earlier boots that it does not hold go back to the queue. Repeated whenever
   * something changes.
   */
  hello(consumer: ConsumerHello): Promise<HelloAnswer>;
  /** Claims the next task of these pools, or null when none is due. */
  claim(request: ClaimRequest): Promise<ClaimedAttempt | null>;
  /** Renews a lease again and again, until the returned function is called or the lease is stale. */
  keepLease(lease: Lease, keeping: Keeping): () => void;
  /**
   * Tells what the model prints and how far it is, while it runs. Told again, a batch changes nothing; batches of an attempt are told in
   * their order, one at a time.
   */
  tellLive(lease: Lease, batch: LiveBatch): Promise<void>;
  /** Where the log of each stream ends that was told of an attempt. */
  findLogEnds(lease: Lease): Promise<LogEnds>;
  /** Pins the image that the first attempt found; answers the one to use (an earlier attempt may have pinned another). */
  pinImage(lease: Lease, image: string, signal: AbortSignal): Promise<string>;
  /** Puts the task's input zip at a path on this machine, where no file is yet. */
  fetchInput(claimed: ClaimedAttempt, path: string, signal: AbortSignal): Promise<void>;
  /** Puts the model's zip at a path on this machine, where no file is yet. */
  fetchModelZip(claimed: ClaimedAttempt, path: string, signal: AbortSignal): Promise<void>;
  /** Stores the output durably; it counts only once `report` names it. `openZip` is called again when an upload broke off. */
  putOutput(lease: Lease, openZip: () => Readable, signal: AbortSignal): Promise<StoredOutput>;
  /**
   * Says that nothing of the attempt's model runs on this machine any more: only then are its devices free for others. May be said again, and
   * of an attempt that is long over; of one without devices it changes nothing.
   */
  freeDevices(lease: Lease): Promise<void>;
  /** Ends the attempt. `stale`: it was over before, nothing changed. */
  report(lease: Lease, outcome: Outcome, tails: LogTails): Promise<'recorded' | 'stale'>;
}
