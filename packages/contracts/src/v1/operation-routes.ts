import { CONSUMERS, GPUS, QUEUE, QUEUED_TASK } from './examples.ts';
import { consumerListSchema, gpuListSchema, queueSchema } from './operations.ts';
import { taskSchema } from './task.ts';
import { TASK_PATH } from './task-routes.ts';
import type { V1Route } from './v1-route.ts';

/** What operators do. */
export const OPERATION_ROUTES: readonly V1Route[] = [
  {
    id: 'listConsumers',
    method: 'GET',
    path: '/api/v1/consumers',
    tag: 'operations',
    scope: 'operate',
    public: true,
    summary: 'List the consumers',
    answers: { 200: { text: 'The consumers.', schema: consumerListSchema, example: CONSUMERS } },
    refusals: [],
  },
  {
    id: 'forgetConsumer',
    method: 'DELETE',
    path: '/api/v1/consumers/{consumer}',
    tag: 'operations',
    scope: 'operate',
    public: true,
    summary: 'Forget a consumer that is stopped, so that another key may use its name',
    answers: { 204: { text: 'It is forgotten.' } },
    refusals: ['not_found'],
  },
  {
    id: 'listGpus',
    method: 'GET',
    path: '/api/v1/gpus',
    tag: 'operations',
    scope: 'operate',
    public: true,
    summary: 'List the GPUs, and who holds them',
    answers: { 200: { text: 'The GPUs.', schema: gpuListSchema, example: GPUS } },
    refusals: [],
  },
  {
    id: 'getQueue',
    method: 'GET',
    path: '/api/v1/queue',
    tag: 'operations',
    scope: 'operate',
    public: true,
    summary: 'See what waits and what runs',
    answers: { 200: { text: 'By pool.', schema: queueSchema, example: QUEUE } },
    refusals: [],
  },
  {
    id: 'requeueTask',
    method: 'POST',
    path: `${TASK_PATH}/requeue`,
    tag: 'operations',
    scope: 'operate',
    public: true,
    summary: 'Put a failed or cancelled task back into the queue, with a new budget of faults',
    answers: { 200: { text: 'It waits again, or did so before.', schema: taskSchema, example: QUEUED_TASK } },
    refusals: ['task_not_found', 'task_not_ended', 'task_succeeded', 'input_expired'],
  },
];
