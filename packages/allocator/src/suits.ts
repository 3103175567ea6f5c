import type { Device, Node } from './node.ts';
import type { SizedRequest } from './resource-request.ts';

/** Whether a device, once it is free and healthy, is one that a request asks for. Parts of a card cannot work together, so many are never parts. */
export function isWanted({ memoryBytes, kind }: Device, { gpus, gpuMemoryBytes }: Pick<SizedRequest, 'gpus' | 'gpuMemoryBytes'>): boolean {
  return memoryBytes >= gpuMemoryBytes && (kind === 'gpu' || gpus === 1);
}

export function hasLabels({ labels }: Node, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([name, value]) => Object.hasOwn(labels, name) && labels[name] === value);
}
