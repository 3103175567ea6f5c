import type { Allocation, Reservation, Situation, Start, Wait } from './allocation.ts';
import { earliestStart, type Opening } from './earliest-start.ts';
import { explainWait } from './explain-wait.ts';
import { findObstacle } from './find-obstacle.ts';
import { Misfits } from './misfits.ts';
import { placeNow } from './place-now.ts';
import type { ResourceRequest, SizedRequest } from './resource-request.ts';
import { Room } from './room.ts';
import { sizeRequest } from './size-request.ts';
import { whatWouldStart } from './what-would-start.ts';

/** So many requests of the order are looked at; with those behind them a queue of any length costs the same. */
export const REQUESTS_LOOKED_AT_MAX = 1_000;
/** For a request that waited so long its node is drained, in milliseconds. */
export const HARD_AFTER_MS = 15 * 60_000;

type Deciding = { readonly rooms: readonly Room[]; readonly misfits: Misfits };

/**
 * Decides which of the waiting requests start now, where, and with which devices; for whom a node is reserved; and why the others wait.
 *
 * The order of the requests is the order of service. One that does not fit reserves the node where it can start soonest, and those behind it
 * start there only if they do not delay it. A request gets all that it asks for on one node, or nothing.
 */
export function allocate({ nodes, leases, requests, nowMs, explained, asking }: Situation): Allocation {
  const byNode = Map.groupBy(leases, ({ node }) => node);
  const rooms = nodes.map((node) => new Room(node, byNode.get(node.name) ?? [], nowMs)).sort(byName);
  const deciding: Deciding = { rooms, misfits: new Misfits() };
  const starts: Start[] = [];
  const waits: Wait[] = [];
  const isExplained = ({ id }: ResourceRequest) => explained === undefined || explained.has(id);
  const lookedAt = requests.slice(0, REQUESTS_LOOKED_AT_MAX);
  for (const [at, request] of lookedAt.entries()) {
    const sized = sizeRequest(rooms, request);
    const place = deciding.misfits.find(sized) === null ? placeNow(rooms, sized, asking) : null;
    if (place !== null) {
      const devices = place.devices.map(({ uuid }) => uuid);
      place.room.start(sized, devices);
      starts.push({ id: sized.id, node: place.room.node.name, devices });
      if (place.room.node.name === asking) return { starts, reservations: reservationsOf(rooms, lookedAt), waits };
      continue;
    }
    const told = wait(deciding, sized, isExplained(request));
    if (told !== null) waits.push({ id: request.id, position: at + 1 - starts.length, ...told });
  }
  const blocker = { kind: 'queue', lookedAt: REQUESTS_LOOKED_AT_MAX } as const;
  for (const [at, request] of requests.slice(REQUESTS_LOOKED_AT_MAX).entries()) {
    const position = lookedAt.length - starts.length + at + 1;
    if (isExplained(request)) waits.push({ id: request.id, position, blocker, startsByMs: null, sooner: [] });
  }
  return { starts, reservations: reservationsOf(rooms, lookedAt), waits };
}

/** Has a request wait, with a reservation where a node is left that can be reserved for it. */
function wait({ rooms, misfits }: Deciding, request: SizedRequest, isExplained: boolean): Omit<Wait, 'id' | 'position'> | null {
  const known = misfits.find(request);
  if (known !== null && !isExplained) return null;
  if (known !== null && known.reason !== null) return { ...known.reason, startsByMs: null };
  const { rooms: suitable, obstacle } = findObstacle(rooms, request);
  const reason = isExplained ? { blocker: obstacle ?? explainWait(suitable, request), sooner: whatWouldStart(rooms, request) } : null;
  const open = suitable.filter(({ reservation }) => reservation === null);
  const opening = earliestStart(open, request);
  if (opening === null) misfits.note(request, reason);
  else {
    reserve(opening, request);
    misfits.forget();
  }
  return reason === null ? null : { ...reason, startsByMs: opening?.fromMs ?? null };
}

function reserve({ room, fromMs, devices, spare }: Opening, { id, waitingSinceMs }: SizedRequest): void {
  const isHard = room.nowMs - waitingSinceMs >= HARD_AFTER_MS;
  room.reserve({ id, node: room.node.name, devices, fromMs, isHard }, spare);
}

function reservationsOf(rooms: readonly Room[], requests: readonly ResourceRequest[]): readonly Reservation[] {
  const reservations = rooms.flatMap(({ reservation }) => reservation ?? []);
  const places = new Map(requests.map(({ id }, at) => [id, at]));
  return reservations.sort((one, other) => (places.get(one.id) ?? 0) - (places.get(other.id) ?? 0));
}

function byName({ node: one }: Room, { node: other }: Room): number {
  return one.name < other.name ? -1 : 1;
}
