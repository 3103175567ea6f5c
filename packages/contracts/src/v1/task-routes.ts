import { ENDED_TASK, OUTPUT_FILES, QUEUED_TASK, TASK_PAGE } from './examples.ts';
import { logQuerySchema } from './log-query.ts';
import { outputFilesSchema } from './output-files.ts';
import { cancelAnswerSchema, taskPageSchema, taskSchema } from './task.ts';
import { listTasksQuerySchema, putTaskQuerySchema, submitQuerySchema, taskOptionsSchema, waitQuerySchema } from './task-options.ts';
import { UPLOAD_REFUSALS } from './upload-refusals.ts';
import type { V1Answer, V1Body, V1Route } from './v1-route.ts';

export const TASK_PATH = '/api/v1/tasks/{task}';
const ZIP = 'application/zip';

const SUBMIT_BODIES: readonly V1Body[] = [
  { type: ZIP, text: 'The input of the model, as a zip.' },
  {
    type: 'multipart/form-data',
    schema: taskOptionsSchema,
    text: 'The zip as the part `input`, or plain files as parts `files` (the server zips them); wishes as the JSON part `options`.',
  },
];
const TASK: V1Answer = { text: 'The task.', schema: taskSchema, example: ENDED_TASK, headers: ['ETag'] };
const ACCEPTED: V1Answer = {
  text: 'The task is accepted: it is on disk and will end.',
  schema: taskSchema,
  example: QUEUED_TASK,
  headers: ['Location', 'Preference-Applied', 'Retry-After'],
};
const DONE: readonly V1Answer[] = [
  {
    text: 'The task has ended within the time of `Prefer: wait`.',
    schema: taskSchema,
    example: ENDED_TASK,
    headers: ['Location', 'Preference-Applied'],
  },
  { text: 'The output itself, for `Accept: application/zip` with `Prefer: wait`.', type: ZIP, headers: ['Location', 'Repr-Digest'] },
];
const zipAnswer = (text: string): V1Answer => ({ text, type: ZIP, headers: ['ETag', 'Repr-Digest', 'Content-Disposition'] });
const UNKNOWN = 'task_not_found';

/** What users do with tasks. */
export const TASK_ROUTES: readonly V1Route[] = [
  {
    id: 'submitTask',
    method: 'POST',
    path: '/api/v1/models/{model}/tasks',
    tag: 'tasks',
    scope: 'submit',
    public: true,
    summary: 'Send a task: an input for a model',
    query: submitQuerySchema,
    headers: ['Prefer', 'Accept', 'Idempotency-Key'],
    bodies: SUBMIT_BODIES,
    answers: { 200: DONE, 202: ACCEPTED },
    refusals: ['model_not_found', 'model_disabled', 'no_gpu', 'idempotency_conflict', 'no_output', 'output_expired', ...UPLOAD_REFUSALS],
  },
  {
    id: 'putTask',
    method: 'PUT',
    path: '/api/v1/tasks/{client}',
    tag: 'tasks',
    scope: 'submit',
    public: true,
    summary: 'Send a task under a name of your own: sent again, it is the same task',
    query: putTaskQuerySchema,
    headers: ['Prefer', 'Accept'],
    bodies: SUBMIT_BODIES,
    answers: { 200: DONE, 202: ACCEPTED },
    refusals: [
      'not_found',
      'model_not_found',
      'model_disabled',
      'no_gpu',
      'idempotency_conflict',
      'no_output',
      'output_expired',
      ...UPLOAD_REFUSALS,
    ],
  },
  {
    id: 'listTasks',
    method: 'GET',
    path: '/api/v1/tasks',
    tag: 'tasks',
    scope: 'read',
    public: true,
    summary: 'List your tasks, newest first',
    query: listTasksQuerySchema,
    answers: { 200: { text: 'A page of tasks.', schema: taskPageSchema, example: TASK_PAGE, headers: ['Link'] } },
    refusals: ['invalid_request'],
  },
  {
    id: 'getTask',
    method: 'GET',
    path: TASK_PATH,
    tag: 'tasks',
    scope: 'read',
    public: true,
    summary: 'Get a task: where it is, why, and what became of it',
    query: waitQuerySchema,
    headers: ['If-None-Match'],
    answers: { 200: TASK, 304: { text: 'It is as `If-None-Match` knows it.' } },
    refusals: ['invalid_request', UNKNOWN],
  },
  {
    id: 'getTaskOutput',
    method: 'GET',
    path: `${TASK_PATH}/output`,
    tag: 'tasks',
    scope: 'read',
    public: true,
    summary: 'Download the output zip',
    headers: ['If-None-Match', 'If-Range', 'Range'],
    answers: {
      200: zipAnswer('The output.'),
      206: zipAnswer('The range of it that was asked for.'),
      304: { text: 'It is as `If-None-Match` knows it.' },
      416: { text: 'The range lies beyond its end.' },
    },
    refusals: [UNKNOWN, 'output_not_ready', 'no_output', 'output_expired'],
  },
  {
    id: 'getTaskInput',
    method: 'GET',
    path: `${TASK_PATH}/input`,
    tag: 'tasks',
    scope: 'read',
    public: true,
    summary: 'Download the input zip',
    headers: ['If-None-Match', 'If-Range', 'Range'],
    answers: {
      200: zipAnswer('The input.'),
      206: zipAnswer('The range of it that was asked for.'),
      304: { text: 'It is as `If-None-Match` knows it.' },
      416: { text: 'The range lies beyond its end.' },
    },
    refusals: [UNKNOWN, 'input_expired'],
  },
  {
    id: 'listTaskFiles',
    method: 'GET',
    path: `${TASK_PATH}/files`,
    tag: 'tasks',
    scope: 'read',
    public: true,
    summary: 'List what is in the output',
    answers: { 200: { text: 'The entries.', schema: outputFilesSchema, example: OUTPUT_FILES } },
    refusals: [UNKNOWN, 'output_not_ready', 'no_output', 'output_expired'],
  },
  {
    id: 'getTaskFile',
    method: 'GET',
    path: `${TASK_PATH}/files/{path}`,
    tag: 'tasks',
    scope: 'read',
    public: true,
    summary: 'Download one file of the output',
    answers: { 200: { text: 'The file.', type: 'application/octet-stream', headers: ['Content-Disposition'] } },
    refusals: ['not_found', UNKNOWN, 'output_not_ready', 'no_output', 'output_expired'],
  },
  {
    id: 'getTaskLogs',
    method: 'GET',
    path: `${TASK_PATH}/logs`,
    tag: 'tasks',
    scope: 'read',
    public: true,
    summary: 'Read what an attempt has printed so far: as text, or as JSON lines for `Accept: application/x-ndjson`',
    query: logQuerySchema,
    headers: ['Accept'],
    answers: {
      200: [
        { text: 'The lines, in the order in which they were printed; `X-Task-Attempt` says of which attempt.', type: 'text/plain' },
        { text: 'The same: `stream`, `at` and `text` of each line.', type: 'application/x-ndjson' },
      ],
    },
    refusals: ['invalid_request', UNKNOWN, 'log_expired'],
  },
  {
    id: 'followTask',
    method: 'GET',
    path: `${TASK_PATH}/events`,
    tag: 'tasks',
    scope: 'read',
    public: true,
    summary:
      'Follow a task: server-sent events `state`, `progress`, `log` and, at the end, `done`. `gap`: come again with `Last-Event-ID`, nothing is lost. A `log` event replaces its stream from `offset` (in bytes) on; `open` says that its line is not over',
    headers: ['Last-Event-ID'],
    answers: {
      200: { text: 'The events, until the task is over.', type: 'text/event-stream' },
      204: { text: 'The task is over, and `Last-Event-ID` says that its end was heard.' },
    },
    refusals: [UNKNOWN],
  },
  {
    id: 'cancelTask',
    method: 'POST',
    path: `${TASK_PATH}/cancel`,
    tag: 'tasks',
    scope: 'submit',
    public: true,
    summary: 'Cancel a task; again and again does no harm',
    answers: { 200: { text: 'What happened.', schema: cancelAnswerSchema, example: { result: 'already_ended', task: ENDED_TASK } } },
    refusals: [UNKNOWN],
  },
  {
    id: 'retryTask',
    method: 'POST',
    path: `${TASK_PATH}/retry`,
    tag: 'tasks',
    scope: 'submit',
    public: true,
    summary: 'Run an ended task once more: a new task with the same input',
    headers: ['Idempotency-Key'],
    answers: { 202: { ...ACCEPTED, text: 'The new task; `retry_of` names the old one.' } },
    refusals: [
      'invalid_request',
      UNKNOWN,
      'task_not_ended',
      'input_expired',
      'model_disabled',
      'no_gpu',
      'idempotency_conflict',
      'storage_full',
    ],
  },
  {
    id: 'deleteTask',
    method: 'DELETE',
    path: TASK_PATH,
    tag: 'tasks',
    scope: 'submit',
    public: true,
    summary: 'Delete a task: it is unknown at once, its bytes go, a running one is cancelled. A second time answers 404.',
    answers: { 204: { text: 'It is deleted.' } },
    refusals: [UNKNOWN],
  },
];
