export { failureSchema, renewAnswerSchema, reportSchema } from './attempt-messages.ts';
export { type ClaimedAttempt, type ClaimRequest, claimedAttemptSchema, claimRequestSchema } from './claim.ts';
export { type ConsumerHello, type ConsumerInfo, consumerInfoSchema, type HelloAnswer, helloAnswerSchema } from './consumer-info.ts';
export { addressOf, CONSUMER_ROUTES, type ConsumerRoute, LEASE_TOKEN_HEADER } from './consumer-routes.ts';
export type { ControlPlane, Keeping, RenewReply } from './control-plane.ts';
export type { FolderModel } from './folder-model.ts';
export { pinnedImageSchema } from './image.ts';
export { type Lease, leaseSchema } from './lease.ts';
export { LEGACY_OPENAPI, PRIVATE_OPENAPI } from './legacy-openapi.ts';
export { liveBatchSchema, logEndsSchema } from './live-batch.ts';
export { type LogTails, logTailsSchema } from './log-tails.ts';
export { MESSAGE_LIMITS } from './message-limits.ts';
export type { DeviceInfo, NodeInfo } from './node.ts';
export { storable } from './sentence.ts';
export { storedOutputSchema } from './stored-output.ts';
export { usageSchema } from './usage.ts';
export type { AuditEntry } from './v1/audit.ts';
export type { Explanation } from './v1/explain.ts';
export {
  type KeyChange,
  type KeyView,
  type KeyWish,
  keyChangeSchema,
  type Me,
  type NewKey,
  newKeySchema,
  rotationSchema,
  type ShownKey,
} from './v1/key.ts';
export type { Labels } from './v1/labels.ts';
export { logQuerySchema } from './v1/log-query.ts';
export { type ModelChange, type ModelView, modelChangeSchema, type NewModel, newModelSchema, type RegisteredModel } from './v1/model.ts';
export { OPENAPI_V1 } from './v1/openapi-v1.ts';
export type { ConsumerView, GpuView, QueueView } from './v1/operations.ts';
export type { OutputFiles } from './v1/output-files.ts';
export { type Problem, problemSchema } from './v1/problem.ts';
export type { TaskResources } from './v1/resources.ts';
export { SCOPE_SENTENCES, SCOPES, type Scope } from './v1/scope.ts';
export { type CancelAnswer, type Task, type TaskItem, taskSchema } from './v1/task.ts';
export {
  listTasksQuerySchema,
  pageQuerySchema,
  putTaskQuerySchema,
  submitQuerySchema,
  type TaskOptions,
  taskOptionsSchema,
  waitQuerySchema,
} from './v1/task-options.ts';
export type { ModelUsageView } from './v1/usage.ts';
export { V1_LIMITS } from './v1/v1-limits.ts';
export {
  V1_FILE_PATH_CHARS_MAX,
  V1_PARAMETERS,
  V1_QUERY_CHARS_MAX,
  V1_REPEATED,
  type V1Parameter,
  type V1QueryKey,
} from './v1/v1-parameters.ts';
export { COMMON_REFUSALS, type V1Answer, type V1Header, type V1Route } from './v1/v1-route.ts';
export { V1_ROUTES } from './v1/v1-routes.ts';
