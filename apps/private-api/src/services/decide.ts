import { type Guard, type TaskEvent, type TaskState, transition } from '@inference/domain';
import type { HeldRow } from '../store/attempt-store.ts';

/**
 * What an event from the holder of an attempt leads to. The token was checked when the row was found; here it is decided
 * whether the attempt is still the newest, and whether the report is a repetition.
 */
export function decide(row: HeldRow, event: TaskEvent, outputSha256?: string): TaskState | 'same' | 'stale' {
  if (row.attempt !== row.newest) return 'stale';
  const proven = new Set<Guard>();
  // An attempt that reported its own end is over; one that was thought lost may come back.
  const open = row.outcome === null || row.outcome === 'lost';
  if (open || event === 'retry') proven.add('newest').add('newest_or_deadline');
  if (row.outcome === 'fail' || row.outcome === 'hand_back') proven.add('recorded');
  if (row.outcome === 'succeed' && row.outputSha256 === outputSha256) proven.add('recorded_output');
  return transition(row.state, event, proven);
}
