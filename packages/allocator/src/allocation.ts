import type { Lease } from './lease.ts';
import type { Node } from './node.ts';
import type { ResourceRequest } from './resource-request.ts';
import type { Resources } from './resources.ts';

/** What there is, what of it is held, and who waits, in the order in which they are to be served. */
export type Situation = {
  readonly nodes: readonly Node[];
  readonly leases: readonly Lease[];
  readonly requests: readonly ResourceRequest[];
  readonly nowMs: number;
  /** The node that asks for work: what fits there goes there, and beyond its first start nothing is decided. Without it all of them are served. */
  readonly asking?: string;
  /** Of these ids alone it is told why they wait, which costs more than to decide; without it of all. */
  readonly explained?: ReadonlySet<string>;
};

export type Start = { readonly id: string; readonly node: string; readonly devices: readonly string[] };

/** Devices that are kept for a request that cannot start yet. Others may use them only if they end before. */
export type Reservation = {
  readonly id: string;
  readonly node: string;
  readonly devices: readonly string[];
  /** When it can start at the latest, if those that run keep their limits and nobody comes before it in the order. */
  readonly fromMs: number;
  /** It has waited so long that the node is drained for it. */
  readonly isHard: boolean;
};

/** Something that no node has enough of. */
export type Shortage = { readonly what: 'gpus' | 'gpuMemoryBytes' | keyof Resources; readonly asked: number; readonly largest: number };

/** Why a request does not start. */
export type Blocker =
  /** These hold what it needs on the node where it could start soonest. `untilMs` null: nobody knows until when. */
  | { readonly kind: 'held'; readonly node: string; readonly holders: readonly string[]; readonly untilMs: number | null }
  /** It would fit there now, and would delay the one for whom the node is reserved. */
  | { readonly kind: 'reserved'; readonly node: string; readonly for: string; readonly fromMs: number }
  /** No node is large enough, even with nothing running. Without a shortage: none has all of it together. */
  | { readonly kind: 'impossible'; readonly shortages: readonly Shortage[] }
  /** No node has these labels; each of them some node may have. */
  | { readonly kind: 'labels'; readonly missing: readonly string[] }
  /** Every node that is large enough is being drained. */
  | { readonly kind: 'draining'; readonly nodes: readonly string[] }
  /** There would be enough devices if these were healthy. */
  | { readonly kind: 'quarantined'; readonly devices: readonly string[] }
  /** It was not looked at: so many were that come before it. */
  | { readonly kind: 'queue'; readonly lookedAt: number };

/** A change of the request with which it would have started. */
export type Sooner =
  | { readonly change: 'gpus' | 'gpuMemoryBytes' | 'runMs' | keyof Resources; readonly to: number }
  | { readonly change: 'label'; readonly without: string };

export type Wait = {
  readonly id: string;
  /** Its place among those that wait, from 1. */
  readonly position: number;
  readonly blocker: Blocker;
  /** When it starts at the latest; null: that cannot be said. */
  readonly startsByMs: number | null;
  readonly sooner: readonly Sooner[];
};

export type Allocation = {
  readonly starts: readonly Start[];
  /** At most one for each node, in the order of the requests. */
  readonly reservations: readonly Reservation[];
  /** One for each request that does not start and is to be explained, in their order. */
  readonly waits: readonly Wait[];
};
