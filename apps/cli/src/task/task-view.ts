import type { Task, TaskItem } from '@inference/client';
import type { View } from '../output/printer.ts';
import type { Column } from '../output/table.ts';
import { shownAge, shownBytes, shownSeconds } from '../output/units.ts';
import { type Paint, paintState } from '../terminal/colours.ts';
import { shownProgress } from './shown-progress.ts';
import { shownResources } from './shown-resources.ts';

/** How tasks are listed. */
export function taskItemView(paint: Paint, nowMs: number): View<TaskItem> {
  const columns: Column<TaskItem>[] = [
    { title: 'id', text: ({ id }) => id },
    { title: 'model', text: ({ model }) => model },
    { title: 'state', text: ({ state }) => state, style: (text) => paintState(paint, text) },
    { title: 'age', text: ({ created_at: at }) => shownAge(at, nowMs), isNumber: true },
    { title: 'took', text: (item) => shownTook(item, nowMs), isNumber: true },
    { title: 'note', text: noteOf },
    { title: 'owner', text: ({ owner }) => owner, isWide: true },
    { title: 'labels', text: ({ labels }) => shownLabels(labels), isWide: true },
    { title: 'created', text: ({ created_at: at }) => at, isWide: true },
  ];
  return { columns, name: ({ id }) => id };
}

/** How one task is shown. */
export function taskView(paint: Paint): View<Task> {
  const columns: Column<Task>[] = [
    { title: 'Task', text: ({ id }) => id },
    { title: 'Model', text: ({ model }) => model },
    { title: 'State', text: ({ state }) => state, style: (_text, { state }) => paintState(paint, state) },
    { title: 'Reason', text: ({ reason }) => reason },
    { title: 'Position', text: ({ position }) => (position === null ? '' : String(position)) },
    { title: 'Priority', text: ({ priority }) => (priority === 'normal' ? '' : priority) },
    { title: 'Asks for', text: ({ resources }) => shownResources(resources) },
    { title: 'Progress', text: ({ progress }) => shownProgress(progress) },
    { title: 'Owner', text: ({ owner }) => owner },
    { title: 'Labels', text: ({ labels }) => shownLabels(labels) },
    { title: 'Created', text: ({ created_at: at }) => at },
    { title: 'Deadline', text: ({ deadline_at: at }) => at ?? '' },
    { title: 'Waited', text: ({ timings }) => shownOrNothing(timings.waiting_seconds) },
    { title: 'Ran', text: ({ timings }) => shownOrNothing(timings.running_seconds) },
    { title: 'Attempts', text: ({ attempts }) => attempts.map(shownAttempt).join('; ') },
    { title: 'Failure', text: ({ failure }) => (failure === null ? '' : `${failure.class}${shownExit(failure.exit_code)}`) },
    { title: 'Last lines', text: ({ failure }) => (failure?.last_lines ?? []).join(' | ') },
    { title: 'Warnings', text: ({ warnings }) => warnings.join(' ') },
    { title: 'Input', text: ({ input }) => shownFile(input) },
    { title: 'Output', text: ({ output }) => (output === null ? '' : shownFile(output)) },
    { title: 'Retry of', text: ({ retry_of: id }) => id ?? '' },
  ];
  return { columns, name: ({ id }) => id };
}

function noteOf({ progress, state, failure_class: failure }: TaskItem): string {
  if (failure !== null) return failure;
  return state === 'running' ? shownProgress(progress) : '';
}

function shownTook({ started_at: start, finished_at: end }: TaskItem, nowMs: number): string {
  return start === null ? '' : shownSeconds(Math.max(0, ((end === null ? nowMs : Date.parse(end)) - Date.parse(start)) / 1000));
}

function shownLabels(labels: Task['labels']): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}

function shownOrNothing(seconds: number | null): string {
  return seconds === null ? '' : shownSeconds(seconds);
}

function shownExit(code: number | null): string {
  return code === null ? '' : `, exit code ${code}`;
}

function shownAttempt({ number, consumer, outcome }: Task['attempts'][number]): string {
  return `${number} on ${consumer}: ${outcome ?? 'under way'}`;
}

function shownFile({ bytes, sha256, available }: Task['input']): string {
  return `${shownBytes(bytes)}, SHA-256 ${sha256.slice(0, 12)}...${available ? '' : ', no longer kept'}`;
}
