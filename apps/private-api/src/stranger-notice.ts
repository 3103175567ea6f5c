import type { Clock } from '@inference/domain';
import type { Log } from '@inference/service';

/** Each kind is logged at most so often, in milliseconds: anybody on the internet can send wrong keys. */
const TOLD_MS = 60_000;

const TEXTS = {
  key: 'a request had a key that is neither the ADMIN_KEY nor the CONSUMER_KEY of this private API, nor a good one that was made here',
  token: 'a relay has another RELAY_TOKEN than this private API: set the same for both',
} as const;

/** Who came with a wrong key or token. */
export type Stranger = {
  /** An address. */
  readonly from: string;
  readonly requestId: string | null;
  /** The name of the key that was sent, where it has the shape of one. */
  readonly prefix: string | null;
};

/** Tells of a request with a wrong key, or of a relay with a wrong token. */
export type StrangerNotice = (kind: keyof typeof TEXTS, stranger: Stranger) => void;

/** Makes what logs wrong keys and tokens, without repeating any. */
export function createStrangerNotice({ log, clock }: { log: Log; clock: Clock }): StrangerNotice {
  const told = new Map<string, { readonly atMs: number; more: number }>();
  return (kind, { from }) => {
    const before = told.get(kind);
    const nowMs = clock.monotonicMs();
    if (before !== undefined && nowMs - before.atMs < TOLD_MS) {
      before.more += 1;
      return;
    }
    told.set(kind, { atMs: nowMs, more: 0 });
    log.warn({ from, sinceTheLast: before?.more }, TEXTS[kind]);
  };
}
