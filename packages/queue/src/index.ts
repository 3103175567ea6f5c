export { createInProcessQueue } from './in-process-queue.ts';
export type { Listener, TaskQueue } from './task-queue.ts';
