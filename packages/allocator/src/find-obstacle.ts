import type { Blocker, Shortage } from './allocation.ts';
import type { SizedRequest } from './resource-request.ts';
import { covers, RESOURCES } from './resources.ts';
import type { Room } from './room.ts';
import { hasLabels, isWanted } from './suits.ts';

/** Either the rooms where a request can start sooner or later, or why it cannot start however long it waits. */
type Prospect = { readonly rooms: readonly Room[]; readonly obstacle: null } | { readonly rooms: readonly []; readonly obstacle: Blocker };

/** Looks for what keeps a request from starting even when everything that runs has ended. */
export function findObstacle(all: readonly Room[], request: SizedRequest): Prospect {
  const { labels } = request;
  const labelled = all.filter(({ node }) => hasLabels(node, labels));
  if (labelled.length === 0 && all.length > 0) return stuck({ kind: 'labels', missing: missingLabels(all, labels) });
  const large = labelled.filter((room) => countWanted(room, request) >= request.gpus && covers(room.node.capacity, request.needs));
  if (large.length === 0) return stuck({ kind: 'impossible', shortages: shortagesOf(labelled, request) });
  const inUse = large.filter(({ node }) => !node.isDraining);
  if (inUse.length === 0) return stuck({ kind: 'draining', nodes: large.map(({ node }) => node.name) });
  const healthy = inUse.filter((room) => countWanted(room, request, true) >= request.gpus);
  if (healthy.length > 0) return { rooms: healthy, obstacle: null };
  const ill = inUse.flatMap(({ node }) => node.devices.filter((device) => !device.isHealthy && isWanted(device, request)));
  return stuck({ kind: 'quarantined', devices: ill.map(({ uuid }) => uuid) });
}

function stuck(obstacle: Blocker): Prospect {
  return { rooms: [], obstacle };
}

function countWanted({ node }: Room, request: SizedRequest, isHealthy = false): number {
  return node.devices.filter((device) => isWanted(device, request) && (device.isHealthy || !isHealthy)).length;
}

/** Those that nobody has; where each has somebody, all of them. */
function missingLabels(all: readonly Room[], labels: Readonly<Record<string, string>>): readonly string[] {
  const names = Object.entries(labels);
  const unknown = names.filter(([name, value]) => !all.some(({ node }) => hasLabels(node, { [name]: value })));
  return (unknown.length > 0 ? unknown : names).map(([name, value]) => `${name}=${value}`);
}

function shortagesOf(rooms: readonly Room[], request: SizedRequest): readonly Shortage[] {
  const { gpus, gpuMemoryBytes, needs } = request;
  const most = (count: (room: Room) => number) => Math.max(0, ...rooms.map(count));
  const kinds = { gpus, gpuMemoryBytes: 0 };
  const memory = most(({ node }) =>
    Math.max(0, ...node.devices.filter((device) => isWanted(device, kinds)).map((device) => device.memoryBytes)),
  );
  const asked: Shortage[] = [
    {
      what: 'gpus',
      asked: gpus,
      largest: most((room) => countWanted(room, gpus > 0 && memory >= gpuMemoryBytes ? request : { ...request, gpuMemoryBytes: 0 })),
    },
    { what: 'gpuMemoryBytes', asked: gpus > 0 ? gpuMemoryBytes : 0, largest: memory },
    ...RESOURCES.map((what) => ({ what, asked: needs[what], largest: most(({ node }) => node.capacity[what]) })),
  ];
  return asked.filter((shortage) => shortage.asked > shortage.largest);
}
