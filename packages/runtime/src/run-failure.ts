import type { FailureClass } from '@inference/domain';
import type { RunEnd } from './model-runtime.ts';

/** A run that failed, as a value. */
export function runFailure(failureClass: FailureClass, reason: string): RunEnd & { kind: 'failed' } {
  return { kind: 'failed', failure: { class: failureClass, reason } };
}
