import type { Sooner } from './allocation.ts';
import { placeNow } from './place-now.ts';
import type { ResourceRequest, SizedRequest } from './resource-request.ts';
import { RESOURCES } from './resources.ts';
import type { Room } from './room.ts';
import { sizeRequest } from './size-request.ts';

type Amount = Exclude<Sooner, { change: 'label' }>['change'];

/** The single changes of a request with which it would start now; of each kind the smallest change. */
export function whatWouldStart(rooms: readonly Room[], sized: SizedRequest): readonly Sooner[] {
  const { asked, ...rest } = sized;
  const request: ResourceRequest = { ...rest, gpus: asked };
  const starts = (changed: ResourceRequest) => placeNow(rooms, sizeRequest(rooms, changed)) !== null;
  const firstOf = (change: Amount, values: readonly number[], changed: (to: number) => ResourceRequest): Sooner[] => {
    const to = values.find((value) => starts(changed(value)));
    return to === undefined ? [] : [{ change, to }];
  };
  const { needs } = request;
  const labels = Object.entries(request.labels);
  return [
    ...firstOf('gpus', fewerGpus(rooms, sized), (gpus) => ({ ...request, gpus })),
    ...firstOf('gpuMemoryBytes', smallerMemories(rooms, sized), (gpuMemoryBytes) => ({ ...request, gpuMemoryBytes })),
    ...RESOURCES.flatMap((what) => {
      const less = rooms.map(({ free }) => free[what]).filter((free) => free > 0 && free < needs[what]);
      return firstOf(what, descending(less), (to) => ({ ...request, needs: { ...needs, [what]: to } }));
    }),
    ...firstOf('runMs', shorterRuns(rooms, sized), (runMs) => ({ ...request, runMs, isEnforced: true })),
    ...labels
      .filter((label) => starts({ ...request, labels: Object.fromEntries(labels.filter((other) => other !== label)) }))
      .map(([without]) => ({ change: 'label', without }) as const),
  ];
}

function fewerGpus(rooms: readonly Room[], { gpus }: SizedRequest): readonly number[] {
  const free = rooms.map((room) => room.node.devices.filter((device) => room.isFree(device)).length);
  const most = Math.max(0, Math.min(gpus - 1, Math.max(0, ...free)));
  return Array.from({ length: most }, (_, less) => most - less);
}

function smallerMemories(rooms: readonly Room[], { gpus, gpuMemoryBytes }: SizedRequest): readonly number[] {
  const memories = rooms.flatMap(({ node }) => node.devices.map(({ memoryBytes }) => memoryBytes));
  return gpus === 0 ? [] : descending(memories.filter((bytes) => bytes < gpuMemoryBytes));
}

/** Those that end before a reservation begins. */
function shorterRuns(rooms: readonly Room[], { runMs }: SizedRequest): readonly number[] {
  const gaps = rooms.flatMap(({ reservation, nowMs }) => (reservation === null ? [] : [reservation.fromMs - nowMs]));
  return descending(gaps.filter((gap) => gap < runMs));
}

function descending(values: readonly number[]): readonly number[] {
  return [...new Set(values)].sort((one, other) => other - one);
}
