import type { Lease, RenewReply } from '@inference/contracts';

/** What the renewing worker is told. Keys and tokens come this way only: arguments and environments can be read by others. */
export type ToWorker =
  | { readonly kind: 'start'; readonly url: string; readonly key: string }
  | { readonly kind: 'keep'; readonly id: number; readonly lease: Lease; readonly everyMs: number; readonly atOnce: boolean }
  | { readonly kind: 'drop'; readonly id: number }
  /** The thread that runs the attempts is there. */
  | { readonly kind: 'alive' };

/** What the renewing worker tells. Of failures in a row only the first is told, and that they are over. */
export type FromWorker =
  | { readonly kind: 'reply'; readonly id: number; readonly reply: RenewReply }
  | { readonly kind: 'failing'; readonly id: number; readonly reason: string }
  | { readonly kind: 'works_again'; readonly id: number };
