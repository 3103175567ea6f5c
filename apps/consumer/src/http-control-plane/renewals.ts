import type { Keeping, Lease, RenewReply } from '@inference/contracts';
import { type Clock, reasonOf } from '@inference/domain';
import type { FromWorker } from './renew-messages.ts';

/** A renewal that failed is repeated after so long, in milliseconds, or after the usual time where that is shorter. */
const RETRY_MS = 1_000;
/**
 * Nothing is renewed any more when the thread that runs the attempts was silent for so long, in milliseconds. It may be busy, but one
 * that hangs must not keep its tasks for ever.
 */
export const SILENT_MAX_MS = 10 * 60_000;

type Kept = { readonly lease: Lease; readonly everyMs: number; failing: boolean; cancel: () => void };

/** Renews leases, each at its own pace. Lives in the worker. */
export class Renewals {
  readonly #kept = new Map<number, Kept>();
  readonly #renew: (lease: Lease) => Promise<RenewReply>;
  readonly #clock: Clock;
  readonly #tell: (message: FromWorker) => void;
  #heardMs: number;

  constructor(renew: (lease: Lease) => Promise<RenewReply>, clock: Clock, tell: (message: FromWorker) => void) {
    this.#renew = renew;
    this.#clock = clock;
    this.#tell = tell;
    this.#heardMs = clock.monotonicMs();
  }

  keep(id: number, lease: Lease, { everyMs, atOnce = false }: Pick<Keeping, 'everyMs' | 'atOnce'>): void {
    const kept: Kept = { lease, everyMs, failing: false, cancel: () => {} };
    this.#kept.set(id, kept);
    this.#next(id, kept, atOnce ? 0 : everyMs);
  }

  drop(id: number): void {
    this.#kept.get(id)?.cancel();
    this.#kept.delete(id);
  }

  /** Notes that the other thread is there. */
  heard(): void {
    this.#heardMs = this.#clock.monotonicMs();
  }

  #next(id: number, kept: Kept, delayMs: number): void {
    kept.cancel = this.#clock.after(delayMs, () => void this.#renewOnce(id, kept));
  }

  async #renewOnce(id: number, kept: Kept): Promise<void> {
    const isSilent = this.#clock.monotonicMs() - this.#heardMs > SILENT_MAX_MS;
    const works = isSilent || (await this.#ask(id, kept));
    if (this.#kept.get(id) === kept) this.#next(id, kept, works ? kept.everyMs : Math.min(kept.everyMs, RETRY_MS));
  }

  async #ask(id: number, kept: Kept): Promise<boolean> {
    try {
      const reply = await this.#renew(kept.lease);
      if (kept.failing) this.#tell({ kind: 'works_again', id });
      kept.failing = false;
      this.#tell({ kind: 'reply', id, reply });
      if (reply === 'stale') this.drop(id);
      return true;
    } catch (error) {
      if (!kept.failing) this.#tell({ kind: 'failing', id, reason: reasonOf(error) });
      kept.failing = true;
      return false;
    }
  }
}
