export { ADVICE } from './advice.ts';
export { type Clock, systemClock } from './clock.ts';
export { AppError, ERRORS, type ErrorCode, type FieldError } from './errors.ts';
export { FAILURE_CLASSES, type Failure, type FailureClass, isFailureClass } from './failure.ts';
export { digestOf, isImageId, isImageName, isPinned, registryOf, withTag } from './image-name.ts';
export { isImageAllowed } from './is-image-allowed.ts';
export { type KeyLimits, NO_KEY_LIMITS } from './key-limits.ts';
export { LIVE_LOG, LOG_TAIL, MODEL_LIMITS, OUTPUT_LIMITS, type OutputLimits, ZIP_LIMITS, type ZipLimits } from './limits.ts';
export { type LiveBatch, LiveLog, type LivePiece, type LogEnds, type LogStream } from './live-log.ts';
export { LogTail } from './log-tail.ts';
export { LOOSENABLE, type Loosened, MODEL_ID_PATTERN, type ModelLimits, type ModelSource, type ModelSpec } from './model.ts';
export { type NewId, newId, UID_PATTERN } from './new-id.ts';
export type { Outcome, StoredOutput } from './outcome.ts';
export { POOLS, type Pool, poolOf } from './pool.ts';
export { problemStatus } from './problem-status.ts';
export type { Progress } from './progress.ts';
export { reasonOf } from './reason-of.ts';
export type { ResourceAsks } from './resource-asks.ts';
export {
  BACKOFF_FIRST_MS,
  BACKOFF_MAX_MS,
  type FailedAttempt,
  INFRASTRUCTURE_RETRIES_MAX,
  MODEL_RETRIES_MAX,
  type RetryDecision,
  retryDecision,
} from './retry-policy.ts';
export {
  type Cell,
  type Guard,
  isFinal,
  TASK_EVENTS,
  TASK_STATES,
  type TaskEvent,
  type TaskState,
  TRANSITIONS,
  transition,
} from './task-state.ts';
export { uploadTooLarge } from './upload-too-large.ts';
export { UNKNOWN_USAGE, type Usage } from './usage.ts';
export { ZIP_ERRORS, type ZipErrorCode } from './zip-errors.ts';
