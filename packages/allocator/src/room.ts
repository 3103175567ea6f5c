import type { Reservation } from './allocation.ts';
import type { Lease } from './lease.ts';
import type { Device, Node } from './node.ts';
import type { SizedRequest } from './resource-request.ts';
import { minus, NOTHING, type Resources } from './resources.ts';

/** What a holder gives back, and when. */
type Release = { readonly holder: string; readonly atMs: number; readonly devices: readonly string[]; readonly holds: Resources };

/**
 * What is free on a node, now and later, while one call decides. It only ever becomes fuller: what did not fit once does not fit later, either.
 */
export class Room {
  readonly node: Node;
  readonly nowMs: number;
  readonly #freeAtMs = new Map<string, number>();
  #releases: Release[];
  #free: Resources;
  #reservation: Reservation | null = null;
  /** What is left of the node once the reserved request has started. */
  #spare = NOTHING;

  constructor(node: Node, leases: readonly Lease[], nowMs: number) {
    this.node = node;
    this.nowMs = nowMs;
    for (const { uuid } of node.devices) this.#freeAtMs.set(uuid, nowMs);
    this.#releases = leases.map((lease) => releaseOf(lease, nowMs)).sort((one, other) => one.atMs - other.atMs);
    for (const release of this.#releases) this.#hold(release);
    this.#free = leases.reduce((left, { holds }) => minus(left, holds), node.capacity);
  }

  get free(): Resources {
    return this.#free;
  }

  get reservation(): Reservation | null {
    return this.#reservation;
  }

  get spare(): Resources {
    return this.#spare;
  }

  /** In the order in which they come. */
  get releases(): readonly Release[] {
    return this.#releases;
  }

  isFree({ uuid }: Device, byMs = this.nowMs): boolean {
    return (this.#freeAtMs.get(uuid) ?? Number.POSITIVE_INFINITY) <= byMs;
  }

  /** Whether a request that starts now is gone before the node is needed by the one for whom it is reserved. */
  endsInTime({ runMs, isEnforced }: SizedRequest): boolean {
    if (this.#reservation === null) return true;
    return this.nowMs + runMs <= this.#reservation.fromMs && (isEnforced || !this.#reservation.isHard);
  }

  start(request: SizedRequest, devices: readonly string[]): void {
    if (!this.endsInTime(request)) this.#spare = minus(this.#spare, request.needs);
    const lease = { holder: request.id, node: this.node.name, devices, holds: request.needs, untilMs: this.nowMs + request.runMs };
    const release = releaseOf(lease, this.nowMs);
    this.#releases = [...this.#releases, release].sort((one, other) => one.atMs - other.atMs);
    this.#hold(release);
    this.#free = minus(this.#free, request.needs);
  }

  /** @param spare what is left of the node from then on */
  reserve(reservation: Reservation, spare: Resources): void {
    this.#reservation = reservation;
    this.#spare = spare;
  }

  #hold({ devices, atMs }: Release): void {
    for (const uuid of devices) this.#freeAtMs.set(uuid, Math.max(atMs, this.#freeAtMs.get(uuid) ?? atMs));
  }
}

/** What should have ended by now has not: it may at any moment, but what it holds is not free. */
function releaseOf({ holder, devices, holds, untilMs }: Lease, nowMs: number): Release {
  return { holder, devices, holds, atMs: untilMs === null ? Number.POSITIVE_INFINITY : Math.max(untilMs, nowMs + 1) };
}
