import { createInProcessQueue } from './in-process-queue.ts';
import { taskQueueConformance } from './task-queue.conformance.ts';

taskQueueConformance('the in-process queue', async () => createInProcessQueue());
