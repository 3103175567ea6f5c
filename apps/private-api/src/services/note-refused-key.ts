import { reasonOf } from '@inference/domain';
import type { Deps } from '../deps.ts';

/** An address is noted at most so often, in milliseconds, ... */
const NOTED_MS = 60_000;
/** ... and so many addresses in that time: strangers cannot fill the disk, however many addresses they have. */
const ADDRESSES_MAX = 1_000;

/** A caller whose key was refused. */
export type RefusedKey = { readonly from: string; readonly requestId: string | null; readonly prefix: string | null };

/** Makes what puts refused keys into the audit, beside the request; of the key at most its prefix is told. */
export function createRefusedKeyNotes({ store, clock, log }: Pick<Deps, 'store' | 'clock' | 'log'>): (refused: RefusedKey) => void {
  /** In the order of their times. */
  const notedAtMs = new Map<string, number>();
  return ({ from, requestId, prefix }) => {
    const nowMs = clock.monotonicMs();
    for (const [address, atMs] of notedAtMs) {
      if (nowMs - atMs < NOTED_MS) break;
      notedAtMs.delete(address);
    }
    if (notedAtMs.has(from) || notedAtMs.size >= ADDRESSES_MAX) return;
    notedAtMs.set(from, nowMs);
    const by = { owner: '', key: null, requestId };
    store.insertAudit(by, { action: 'key.refused', subject: from, detail: { prefix } }).catch((error: unknown) => {
      log.warn({ reason: reasonOf(error) }, 'a refused key could not be noted in the audit');
    });
  };
}
