import { GPUS, type SimulatedTask } from './load.ts';
import type { Policy, Running } from './policies.ts';

/** A task that was played, and how long it waited, in milliseconds. */
export type Played = { readonly gpus: number; readonly waitedMs: number };
/** `use`: which share of the GPUs was busy until the last task had ended. */
export type Play = { readonly played: readonly Played[]; readonly use: number };

/** Plays a load to its end under a policy, from event to event. @throws Error when the policy gives a device twice, or leaves a task for ever. */
export function playLoad(load: readonly SimulatedTask[], policy: Policy): Play {
  const coming = load.toReversed();
  const played: Played[] = [];
  let waiting: SimulatedTask[] = [];
  let running: Running[] = [];
  let nowMs = 0;
  let busyMs = 0;
  while (coming.length > 0 || running.length > 0) {
    nowMs = Math.min(coming.at(-1)?.submittedMs ?? Number.POSITIVE_INFINITY, ...running.map(endOf));
    running = running.filter((one) => endOf(one) > nowMs);
    while ((coming.at(-1)?.submittedMs ?? Number.POSITIVE_INFINITY) <= nowMs) waiting.push(...coming.splice(-1));
    const starts = policy(waiting, running, nowMs);
    for (const task of waiting) {
      const devices = starts.get(task.id);
      if (devices === undefined) continue;
      running.push({ task, devices, startedMs: nowMs });
      played.push({ gpus: task.gpus, waitedMs: nowMs - task.submittedMs });
      busyMs += task.trueMs * task.gpus;
    }
    waiting = waiting.filter(({ id }) => !starts.has(id));
    refuseDoubles(running);
  }
  if (waiting.length > 0) throw new Error(`${waiting.length} tasks wait, and nothing runs`);
  return { played, use: busyMs / (nowMs * GPUS) };
}

function endOf({ task, startedMs }: Running): number {
  return startedMs + task.trueMs;
}

function refuseDoubles(running: readonly Running[]): void {
  const devices = running.flatMap((one) => one.devices);
  if (new Set(devices).size !== devices.length) throw new Error(`a device was given twice: ${devices.join(', ')}`);
  for (const { task, devices: own } of running) if (own.length !== task.gpus) throw new Error(`${task.id} got ${own.length} GPUs`);
}
