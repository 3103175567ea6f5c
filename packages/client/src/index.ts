export type {
  AuditEntry,
  ConsumerView,
  Explanation,
  GpuView,
  KeyChange,
  KeyView,
  KeyWish,
  Me,
  ModelUsageView,
  ModelView,
  NewModel,
  QueueView,
  RegisteredModel,
  ShownKey,
  Task,
  TaskItem,
  TaskResources,
} from '@inference/contracts';
export { Client, type Result } from './client.ts';
export type { ClientOptions } from './client-options.ts';
export { partOf } from './download-to.ts';
export { ProblemError, TaskError, TransportError, WaitTimeout } from './errors.ts';
export { fileInput, folderInput } from './folder-input.ts';
export type { LogPiece, TaskEvent } from './follow-task.ts';
export type { Ask } from './http.ts';
export type { Input } from './input.ts';
export { InputError } from './input-error.ts';
export { LegacyClient, type LegacyEnd, type LegacyModel } from './legacy/legacy-client.ts';
export { openInput } from './open-input.ts';
export { streamInput } from './stream-input.ts';
export type { SubmitOptions } from './submit-task.ts';
export { hasEnded } from './task-state.ts';
export { zipInput } from './zip-input.ts';
