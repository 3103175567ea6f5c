import type { ClaimedAttempt } from '@inference/contracts';
import type { Outcome, OutputLimits } from '@inference/domain';
import type { Interruption } from '../interruption.ts';

/** What an interrupted attempt is reported as; null: nothing, because nobody waits for it any more. */
export function outcomeOf(
  interruption: Interruption,
  claimed: ClaimedAttempt,
  { entriesMax }: Pick<OutputLimits, 'entriesMax'>,
): Outcome | null {
  switch (interruption) {
    case 'stale':
      return null;
    case 'drain':
      return { kind: 'hand_back', reason: 'The consumer was stopped; the task is tried again.' };
    case 'no_slot':
      return { kind: 'hand_back', reason: 'The model before it took longer to end than it looked; the task is tried again.' };
    case 'cancelled':
      return { kind: 'fail', failure: { class: 'cancelled', reason: 'The task was cancelled.' } };
    case 'output_full': {
      const { outputBytes } = claimed.model.limits;
      const limits = `${outputBytes} bytes or ${entriesMax} files and folders`;
      const reason = `The model wrote more than ${limits} to /output, which is not allowed, and was stopped: let it write less, or register it with a larger output_bytes.`;
      return { kind: 'fail', failure: { class: 'bad_output', reason } };
    }
    case 'timeout': {
      const seconds = claimed.model.limits.timeMs / 1000;
      return {
        kind: 'fail',
        failure: { class: 'timeout', reason: `The model ran longer than its time limit of ${seconds} seconds and was stopped.` },
      };
    }
  }
}
