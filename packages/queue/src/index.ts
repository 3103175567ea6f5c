export { createInProcessQueue } from './in-process-queue.ts';
export { createRabbitQueue } from './rabbit/create-rabbit-queue.ts';
export type { Listener, QueueHealth, TaskQueue } from './task-queue.ts';
