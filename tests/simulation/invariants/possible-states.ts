import type { TaskState } from '@inference/domain';
import type { EventRow } from '../rows.ts';
import type { Dumped } from '../tables.ts';

/** Where an event leads from each state it can happen in. What a state does not name cannot happen in it. */
type Effect = Readonly<Partial<Record<TaskState, TaskState>>>;

/** An end that an attempt reported, or that came while the task waited. */
const ENDS = { queued: 'failed', running: 'failed' } as const;
const UNCHANGED = {
  queued: 'queued',
  running: 'running',
  cancelling: 'cancelling',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
} as const;

/** Every kind of event that the services write, beside `submitted`, which begins the life of a task. */
export const EFFECTS: Readonly<Record<string, Effect>> = {
  claimed: { queued: 'running' },
  image: { queued: 'queued', running: 'running', cancelling: 'cancelling' },
  queued: { running: 'queued' },
  succeeded: { queued: 'succeeded', running: 'succeeded' },
  failed: ENDS,
  cancelling: { running: 'cancelling' },
  cancelled: { queued: 'cancelled', cancelling: 'cancelled' },
  requeued: { failed: 'queued', cancelled: 'queued' },
  // Deleting cancels, and has no event of its own for that.
  deleted: { ...UNCHANGED, queued: 'cancelled', running: 'cancelling' },
};

/** What the events of a task say of it: the states it can be in, or the first event that could not happen. */
export type Replay = { readonly states: ReadonlySet<TaskState> } | { readonly problem: string };

/**
 * Plays the events of a task. More than one state is possible where a holder that was thought lost may have renewed: that is no event.
 */
export function possibleStates(events: readonly Dumped<EventRow>[]): Replay {
  const [first, ...rest] = events;
  if (first?.kind !== 'submitted') return { problem: `begins with ${first?.kind ?? 'nothing'}` };
  let states = new Set<TaskState>(['queued']);
  let isClaimed = false;
  for (const { id, kind } of rest) {
    const effect = EFFECTS[kind];
    if (effect === undefined) return { problem: `event ${id} is of an unknown kind: ${kind}` };
    const from = [...states].join(' or ');
    states = new Set([...states].flatMap((state) => effect[state] ?? []));
    if (states.size === 0) return { problem: `event ${id} (${kind}) came while it was ${from}` };
    isClaimed ||= kind === 'claimed';
    if (isClaimed && states.has('queued')) states.add('running');
  }
  return { states };
}
