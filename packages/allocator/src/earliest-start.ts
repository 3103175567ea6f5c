import type { Device } from './node.ts';
import { pickNear } from './pick-near.ts';
import type { SizedRequest } from './resource-request.ts';
import { covers, minus, plus, type Resources } from './resources.ts';
import type { Room } from './room.ts';
import { isWanted } from './suits.ts';

/** When and with what a request can start on a node where it cannot now, whoever the node is reserved for. */
export type Opening = {
  readonly room: Room;
  readonly fromMs: number;
  readonly devices: readonly string[];
  /** What is left of the node once it has started. */
  readonly spare: Resources;
};

/** The soonest opening of these rooms, whose nodes are suitable; null: it waits for what nobody knows the end of. */
export function earliestStart(rooms: readonly Room[], request: SizedRequest): Opening | null {
  let soonest: Opening | null = null;
  for (const room of rooms) {
    const opening = openingIn(room, request);
    if (opening !== null && (soonest === null || opening.fromMs < soonest.fromMs)) soonest = opening;
  }
  return soonest;
}

function openingIn(room: Room, request: SizedRequest): Opening | null {
  const suitable = room.node.devices.filter((device) => device.isHealthy && isWanted(device, request));
  let free = room.free;
  const tryAt = (atMs: number): Opening | null => {
    const there = suitable.filter((device) => room.isFree(device, atMs));
    if (there.length < request.gpus || !covers(free, request.needs)) return null;
    const { devices } = pickNear(there, request.gpus, busyFirst(room));
    return { room, fromMs: atMs, devices: devices.map(({ uuid }) => uuid), spare: minus(free, request.needs) };
  };
  const now = tryAt(room.nowMs);
  if (now !== null) return now;
  for (const [at, { atMs, holds }] of room.releases.entries()) {
    if (atMs === Number.POSITIVE_INFINITY) return null;
    free = plus(free, holds);
    if (room.releases[at + 1]?.atMs === atMs) continue;
    const opening = tryAt(atMs);
    if (opening !== null) return opening;
  }
  return null;
}

/** What is free now is better left to those who can start now. */
function busyFirst(room: Room): (one: Device, other: Device) => number {
  return (one, other) =>
    Number(room.isFree(one)) - Number(room.isFree(other)) || one.memoryBytes - other.memoryBytes || (one.uuid < other.uuid ? -1 : 1);
}
