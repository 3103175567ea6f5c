import type { GpuView } from '@inference/client';
import type { View } from '../output/printer.ts';
import { shownAge, shownBytes } from '../output/units.ts';

/** How GPUs are listed. */
export function gpuView(nowMs: number): View<GpuView> {
  return {
    columns: [
      { title: 'consumer', text: ({ consumer }) => consumer },
      { title: 'gpu', text: ({ name }) => name },
      { title: 'memory', text: ({ memory_bytes: bytes }) => shownBytes(bytes), isNumber: true },
      { title: 'task', text: ({ task }) => task ?? 'free' },
      { title: 'held', text: ({ held_since: at }) => shownAge(at, nowMs), isNumber: true },
      { title: 'trouble', text: ({ trouble }) => trouble ?? '' },
      { title: 'uuid', text: ({ uuid }) => uuid, isWide: true },
      { title: 'kind', text: ({ kind }) => kind, isWide: true },
      { title: 'seen', text: ({ consumer_seen_at: at }) => `${shownAge(at, nowMs)} ago`, isWide: true },
    ],
    name: ({ uuid }) => uuid,
  };
}
