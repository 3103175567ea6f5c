import { EXAMPLE } from '../example.ts';
import type { ModelView } from './model.ts';
import type { OutputFiles } from './output-files.ts';
import type { Task, TaskItem } from './task.ts';

const SHA256 = '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae';

const ITEM: TaskItem = {
  id: EXAMPLE.task,
  model: 'word-count',
  state: 'queued',
  owner: 'ada',
  labels: { study: 'A-12' },
  progress: null,
  created_at: '2026-11-02T08:15:30.000Z',
  started_at: null,
  finished_at: null,
  failure_class: null,
  retry_of: null,
};

/** Answers as they look. */
export const QUEUED_TASK: Task = {
  ...ITEM,
  reason: 'Waiting for a free slot.',
  position: 1,
  time_limit_seconds: 3600,
  timings: { waiting_seconds: null, running_seconds: null, total_seconds: null },
  attempts: [],
  history: [{ at: '2026-11-02T08:15:30.000Z', kind: 'submitted', attempt: null, text: '' }],
  failure: null,
  warnings: [],
  input: { bytes: 1024, sha256: SHA256, available: true },
  output: null,
};

export const ENDED_TASK: Task = {
  ...QUEUED_TASK,
  state: 'succeeded',
  reason: 'The task succeeded.',
  position: null,
  progress: { fraction: 1, text: 'done' },
  started_at: '2026-11-02T08:15:31.000Z',
  finished_at: '2026-11-02T08:15:43.500Z',
  timings: { waiting_seconds: 1, running_seconds: 12.5, total_seconds: 13.5 },
  attempts: [
    {
      number: 1,
      consumer: 'gpu-1',
      started_at: '2026-11-02T08:15:31.000Z',
      ended_at: '2026-11-02T08:15:43.500Z',
      outcome: 'succeed',
      failure: null,
    },
  ],
  history: [
    ...QUEUED_TASK.history,
    { at: '2026-11-02T08:15:31.000Z', kind: 'claimed', attempt: 1, text: 'gpu-1' },
    { at: '2026-11-02T08:15:43.500Z', kind: 'succeeded', attempt: 1, text: '' },
  ],
  output: { bytes: 2048, sha256: SHA256, available: true },
};

export const TASK_PAGE = { items: [ITEM], next_cursor: 'MTI' };

export const OUTPUT_FILES: OutputFiles = {
  entries: 1,
  items: [{ path: EXAMPLE.outputFile, bytes: 312, is_folder: false }],
  truncated: false,
};

export const MODEL: ModelView = {
  id: 'word-count',
  description: 'Counts words.',
  image: EXAMPLE.image,
  gpu: false,
  disabled: false,
  loosened: [],
  limits: { memory_bytes: 8_589_934_592, shm_bytes: 1_073_741_824, pids_max: 1024, time_limit_seconds: 86_400 },
  files: null,
  created_at: '2026-11-01T12:00:00.000Z',
};

export const NEW_MODEL = { id: EXAMPLE.newModel, image: EXAMPLE.image, description: 'Counts words.', gpu: false };

export const MODEL_CHANGE = { description: 'Counts words, faster.', disabled: false };

export const CONSUMERS = {
  items: [
    {
      id: 'gpu-1',
      owner: 'gpu-1',
      pools: ['docker-cpu', 'docker-gpu'],
      gpus: 2,
      trouble: {},
      running: 1,
      seen_at: '2026-11-02T08:15:43.500Z',
    },
  ],
};

export const QUEUE = { pools: [{ pool: 'docker-gpu', queued: 3, running: 2, oldest_queued_seconds: 41.2, consumers: 1 }] };
