import { allocate, type Blocker, type Sooner, type Wait } from '@inference/allocator';
import type { Explanation } from '@inference/contracts';
import type { Deps } from '../deps.ts';
import type { Viewer } from '../store/viewer.ts';
import { amountOf, obstacleSentence } from './judge-asks.ts';
import { expectedSituation, situationOf } from './situation-of.ts';
import { type TaskView, viewTask } from './view-task.ts';

const NOTHING: Omit<Explanation, 'task' | 'state' | 'reason'> = {
  ...{ position: null, blocker: null, machine: null, held_by: [] },
  ...{ starts_by: null, expected_start: null, sooner: [] },
};
const MINUTE_MS = 60_000;

/** Why a task waits, when it may start, and what would start it sooner: as the next claim would find it. @throws AppError `task_not_found` */
export async function explainTask(deps: Deps, uid: string, viewer: Viewer): Promise<Explanation> {
  const view = await viewTask(deps, uid, viewer);
  const told = { task: uid, state: view.state, reason: view.reason };
  if (view.state !== 'queued') return { ...told, ...NOTHING };
  const rows = await deps.store.readQueue(view.pool, [], 'many');
  if (rows.nodes.length === 0) return { ...told, ...NOTHING, blocker: 'consumer' };
  if (!rows.waiting.some((row) => row.uid === uid)) return { ...told, ...NOTHING, blocker: unlisted(view), position: view.position };
  const explained = new Set([uid]);
  const { starts, waits } = allocate({ ...situationOf(view.pool, rows), explained });
  const wait = waits.find(({ id }) => id === uid);
  const place = starts.findIndex(({ id }) => id === uid);
  // There is room for it on a machine, which has no free slot, or is about to claim it.
  if (wait === undefined) return { ...told, ...NOTHING, position: place + 1, blocker: 'slot', machine: starts[place]?.node ?? null };
  const expected = allocate({ ...expectedSituation(view.pool, rows), explained }).waits.find(({ id }) => id === uid);
  return {
    ...told,
    reason: sentenceOf(wait.blocker),
    position: wait.position,
    blocker: wait.blocker.kind,
    machine: 'node' in wait.blocker ? wait.blocker.node : null,
    held_by: heldBy(wait.blocker, viewer),
    starts_by: timeOf(wait),
    expected_start: expected === undefined ? null : timeOf(expected),
    sooner: wait.sooner.map(soonerSentence),
  };
}

/** Why a waiting task is not among those that a claim looks at. */
function unlisted({ attempt, position }: TaskView): Explanation['blocker'] {
  if (position === null) return 'queue';
  return attempt > 0 ? 'backoff' : 'quota';
}

/** Whose tasks others are is not for every user to know. */
function heldBy(blocker: Blocker, viewer: Viewer): string[] {
  return viewer === null && blocker.kind === 'held' ? [...blocker.holders] : [];
}

function timeOf({ startsByMs }: Wait): string | null {
  return startsByMs === null ? null : new Date(startsByMs).toISOString();
}

function sentenceOf(blocker: Blocker): string {
  switch (blocker.kind) {
    case 'held':
      return `Waiting: other tasks hold what it asks for on ${blocker.node}.`;
    case 'reserved':
      return `Waiting: it would fit on ${blocker.node} now, and would delay an older task for which that is kept.`;
    case 'draining':
      return `Waiting: the machines that have what it asks for take no tasks now (${blocker.nodes.join(', ')}).`;
    case 'quarantined':
      return `Waiting: GPUs that it needs are out of order (${blocker.devices.join(', ')}).`;
    case 'queue':
      return `Waiting: more than ${blocker.lookedAt} tasks are before it.`;
    default:
      return `Waiting: ${obstacleSentence(blocker) ?? 'no machine has what it asks for.'}`;
  }
}

function soonerSentence(sooner: Sooner): string {
  if (sooner.change === 'label') return `Without the label ${sooner.without} it would start now.`;
  if (sooner.change === 'runMs')
    return `With a time limit of at most ${Math.max(1, Math.floor(sooner.to / MINUTE_MS))} minutes it would start now.`;
  return `With ${amountOf(sooner.change, sooner.to)} it would start now.`;
}
