import type { ModelView } from '@inference/client';
import type { View } from '../output/printer.ts';
import type { Column } from '../output/table.ts';
import { shownBytes, shownSeconds } from '../output/units.ts';
import { shownResources } from './shown-resources.ts';

/** How models are listed. */
export const MODEL_ITEM_VIEW: View<ModelView> = {
  columns: [
    { title: 'id', text: ({ id }) => id },
    { title: 'gpu', text: ({ gpu }) => (gpu ? 'yes' : 'no') },
    { title: 'state', text: stateOf },
    { title: 'description', text: ({ description }) => description },
    { title: 'image', text: ({ image }) => image ?? 'a folder of the server', isWide: true },
    { title: 'time limit', text: ({ limits }) => shownSeconds(limits.time_limit_seconds), isWide: true },
  ],
  name: ({ id }) => id,
};

const COLUMNS: readonly Column<ModelView>[] = [
  { title: 'Model', text: ({ id }) => id },
  { title: 'Description', text: ({ description }) => description },
  { title: 'State', text: stateOf },
  { title: 'Image', text: ({ image }) => image ?? 'none: it lies in a folder of the server' },
  { title: 'GPU', text: ({ gpu }) => (gpu ? 'yes' : 'no') },
  { title: 'Loosened', text: ({ loosened }) => loosened.join(', ') },
  { title: 'Time limit', text: ({ limits }) => shownSeconds(limits.time_limit_seconds) },
  { title: 'Hangs after', text: ({ limits }) => (limits.hang_seconds === null ? '' : shownSeconds(limits.hang_seconds)) },
  { title: 'Retries', text: ({ retries }) => String(retries) },
  { title: 'Memory', text: ({ limits }) => shownBytes(limits.memory_bytes) },
  { title: 'Shared memory', text: ({ limits }) => shownBytes(limits.shm_bytes) },
  { title: 'Processes', text: ({ limits }) => String(limits.pids_max) },
  { title: 'Processor cores', text: ({ limits }) => (limits.cpus === null ? '' : String(limits.cpus)) },
  { title: 'Output', text: ({ limits }) => `at most ${shownBytes(limits.output_bytes)}` },
  { title: 'Asks for', text: ({ resources }) => shownResources(resources) },
  { title: 'Running tasks', text: ({ quotas }) => (quotas.running_tasks === null ? '' : `at most ${quotas.running_tasks}`) },
  { title: 'Queued tasks', text: ({ quotas }) => (quotas.queued_tasks === null ? '' : `at most ${quotas.queued_tasks}`) },
  { title: 'Files', text: ({ files }) => (files === null ? '' : `${shownBytes(files.bytes)}, SHA-256 ${files.sha256.slice(0, 12)}...`) },
  { title: 'Created', text: ({ created_at: at }) => at },
];
/** How one model is shown. */
export const MODEL_VIEW: View<ModelView> = { columns: COLUMNS, name: ({ id }) => id };

function stateOf({ disabled }: ModelView): string {
  return disabled ? 'disabled' : 'ready';
}
