import type { Device } from './node.ts';
import { breaksOf, compareRanks, pickNear } from './pick-near.ts';
import type { SizedRequest } from './resource-request.ts';
import { covers } from './resources.ts';
import type { Room } from './room.ts';
import { hasLabels, isWanted } from './suits.ts';

/** `rank`: how good a place it is, the least first. */
type Place = { readonly room: Room; readonly devices: readonly Device[]; readonly rank: readonly number[] };

/**
 * The best place where a request can start now without delaying anybody for whom a node is reserved; null: there is none. On the node that asks
 * for work any place is better than elsewhere: who else has room may be slow to ask.
 */
export function placeNow(rooms: readonly Room[], request: SizedRequest, asking?: string): Place | null {
  let best: Place | null = null;
  const askers = rooms.filter(({ node }) => node.name === asking);
  for (const room of askers) best = placeIn(room, request);
  if (best !== null) return best;
  for (const room of rooms) {
    const place = placeIn(room, request);
    if (place !== null && (best === null || compareRanks(place.rank, best.rank) < 0)) best = place;
  }
  return best;
}

function placeIn(room: Room, request: SizedRequest): Place | null {
  const { node, reservation } = room;
  if (node.isDraining || !hasLabels(node, request.labels) || !covers(room.free, request.needs)) return null;
  const staysOn = reservation !== null && !room.endsInTime(request);
  if (staysOn && (reservation.isHard || !covers(room.spare, request.needs))) return null;
  const free = node.devices.filter((device) => device.isHealthy && room.isFree(device));
  const wanted = free.filter((device) => isWanted(device, request) && !(staysOn && reservation.devices.includes(device.uuid)));
  if (wanted.length < request.gpus) return null;
  if (request.gpus === 0) return { room, devices: [], rank: [free.length, room.free.cpuMillis - request.needs.cpuMillis] };
  if (request.gpus === 1) return tightest(room, wanted, free);
  const { devices, level } = pickNear(wanted, request.gpus, bySize);
  return { room, devices, rank: [level, free.length - devices.length] };
}

/** One device is taken where it is missed least: the smallest one, from the group of which most is taken already. */
function tightest(room: Room, wanted: readonly Device[], free: readonly Device[]): Place | null {
  let best: Place | null = null;
  for (const device of wanted.toSorted(bySize)) {
    const rank = [device.memoryBytes, ...breaksOf(device, free)];
    if (best === null || compareRanks(rank, best.rank) < 0) best = { room, devices: [device], rank };
  }
  return best;
}

function bySize(one: Device, other: Device): number {
  return one.memoryBytes - other.memoryBytes || (one.uuid < other.uuid ? -1 : 1);
}
