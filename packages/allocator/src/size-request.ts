import type { ResourceRequest, SizedRequest } from './resource-request.ts';
import { covers } from './resources.ts';
import type { Room } from './room.ts';
import { hasLabels, isWanted } from './suits.ts';

/** Puts a number in the place of `all`: of the nodes in question, what the one with the most devices in order has; at least one. */
export function sizeRequest(rooms: readonly Room[], request: ResourceRequest): SizedRequest {
  const { gpus: asked } = request;
  if (asked !== 'all') return { ...request, gpus: asked, asked };
  const inQuestion = rooms.filter(({ node }) => hasLabels(node, request.labels) && covers(node.capacity, request.needs));
  const most = (some: readonly Room[]) => Math.max(0, ...some.map((room) => countWanted(room, request)));
  return { ...request, gpus: most(inQuestion.filter(({ node }) => !node.isDraining)) || most(inQuestion) || 1, asked };
}

/** Whole cards that are in order. */
function countWanted({ node }: Room, { gpuMemoryBytes }: ResourceRequest): number {
  return node.devices.filter((device) => device.isHealthy && device.kind === 'gpu' && isWanted(device, { gpus: 1, gpuMemoryBytes })).length;
}
