/** What the simulator runs of the private API, beside what the standalone server does: its services, without HTTP. */
export { expireLeases } from './loops/expire-leases.ts';
export { ringDueTasks } from './loops/ring-due-tasks.ts';
export { awaitStop } from './services/await-stop.ts';
export { cancelTask } from './services/cancel-task.ts';
export { deleteTask } from './services/delete-task.ts';
export { downloadOutput } from './services/download-output.ts';
export { inputOf, modelZipOf } from './services/fetch-files.ts';
export { registerModel } from './services/register-model.ts';
export { renewLease } from './services/renew-lease.ts';
export { requeueTask } from './services/requeue-task.ts';
export { retryTask } from './services/retry-task.ts';
export { modelForTask, noWishes, submitTask } from './services/submit-task.ts';
export { translateError } from './translate-error.ts';
