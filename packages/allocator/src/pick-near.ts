import type { Device } from './node.ts';

type Order = (one: Device, other: Device) => number;
type Picked = { readonly devices: readonly Device[]; readonly level: number };

/**
 * Picks devices that are near each other: of one link group as small as can be, and there of the most broken one, so that whole groups stay
 * whole.
 *
 * @param order which of equally good devices come first
 * @returns at which level of groups all of them are together: 0 is the nearest, infinity is the node alone
 */
export function pickNear(candidates: readonly Device[], count: number, order: Order): Picked {
  const depth = Math.max(0, ...candidates.map(({ groups }) => groups.length));
  for (let level = 0; level < depth; level++) {
    const large = groupsAt(candidates, level, order).filter(({ length }) => length >= count);
    const tightest = large.toSorted((one, other) => compareBreaks(one, other, candidates) || compareFirst(one, other, order))[0];
    if (tightest !== undefined) return { level, devices: gather(tightest, count, { level, order }) };
  }
  return { level: Number.POSITIVE_INFINITY, devices: gather(candidates, count, { level: depth, order }) };
}

/** How many of these are in each of the groups that a device is in, from the nearest to all of them. */
export function breaksOf(device: Device, all: readonly Device[]): readonly number[] {
  const sizes = device.groups.map((_, level) => all.filter((other) => groupOf(other, level) === groupOf(device, level)).length);
  return [...sizes, all.length];
}

/** The first difference decides; of two that differ in length only, the shorter one is less. */
export function compareRanks(one: readonly number[], other: readonly number[]): number {
  for (const [at, value] of one.entries()) {
    const against = other[at];
    if (against === undefined) return 1;
    if (value !== against) return value - against;
  }
  return one.length - other.length;
}

/** Takes from devices of which no group below this level has enough: whole groups, the largest first. */
function gather(devices: readonly Device[], count: number, { level, order }: { level: number; order: Order }): readonly Device[] {
  if (level === 0) return devices.toSorted(order).slice(0, count);
  const [largest = []] = groupsAt(devices, level - 1, order).toSorted(
    (one, other) => other.length - one.length || compareFirst(one, other, order),
  );
  if (largest.length >= count) return largest.slice(0, count);
  const rest = devices.filter((device) => !largest.includes(device));
  return [...largest, ...pickNear(rest, count - largest.length, order).devices];
}

function groupsAt(devices: readonly Device[], level: number, order: Order): readonly (readonly Device[])[] {
  return [...Map.groupBy(devices.toSorted(order), (device) => groupOf(device, level)).values()];
}

/** A group is named with those around it: two switches may call their first pair the same. */
function groupOf(device: Device, level: number): string {
  return device.groups.length > level ? device.groups.slice(level).join(' in ') : `alone: ${device.uuid}`;
}

function compareBreaks([one]: readonly Device[], [other]: readonly Device[], all: readonly Device[]): number {
  return one === undefined || other === undefined ? 0 : compareRanks(breaksOf(one, all), breaksOf(other, all));
}

function compareFirst([one]: readonly Device[], [other]: readonly Device[], order: Order): number {
  return one === undefined || other === undefined ? 0 : order(one, other);
}
