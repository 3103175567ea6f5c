import type { Blocker } from './allocation.ts';
import { earliestStart } from './earliest-start.ts';
import type { SizedRequest } from './resource-request.ts';
import { covers } from './resources.ts';
import type { Room } from './room.ts';

/** Of those that hold what a request needs, so many at most are told. */
const HOLDERS_TOLD_MAX = 16;

/** What a request waits for that can start in these rooms sooner or later, but not now. */
export function explainWait(rooms: readonly Room[], request: SizedRequest): Blocker {
  const opening = earliestStart(rooms, request);
  if (opening === null) return { kind: 'held', node: rooms[0]?.node.name ?? '', holders: holdersOf(rooms.slice(0, 1)), untilMs: null };
  const { room, fromMs, devices } = opening;
  const { node, reservation, nowMs } = room;
  // What becomes free soonest is no use to it when that is kept for somebody.
  if (reservation !== null && (fromMs <= nowMs || devices.some((uuid) => reservation.devices.includes(uuid)))) {
    return { kind: 'reserved', node: node.name, for: reservation.id, fromMs: reservation.fromMs };
  }
  const isOfOthers = !covers(room.free, request.needs);
  const before = room.releases.filter((release) => release.atMs <= fromMs);
  const holders = before.filter((release) => isOfOthers || release.devices.some((uuid) => devices.includes(uuid)));
  return { kind: 'held', node: node.name, holders: namesOf(holders), untilMs: fromMs };
}

function holdersOf(rooms: readonly Room[]): readonly string[] {
  return namesOf(rooms.flatMap(({ releases }) => releases));
}

/** Each once: an earlier attempt of a holder may hold something, too, until nothing of it runs any more. */
function namesOf(holders: readonly { readonly holder: string }[]): readonly string[] {
  return [...new Set(holders.map(({ holder }) => holder))].slice(0, HOLDERS_TOLD_MAX);
}
