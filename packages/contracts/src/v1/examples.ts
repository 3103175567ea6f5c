import { EXAMPLE } from '../example.ts';
import type { Explanation } from './explain.ts';
import type { ModelView } from './model.ts';
import type { GpuView } from './operations.ts';
import type { OutputFiles } from './output-files.ts';
import type { Task, TaskItem } from './task.ts';
import type { ModelUsageView } from './usage.ts';

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
  priority: 'normal',
  resources: {},
  time_limit_seconds: 3600,
  deadline_at: null,
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
      usage: {
        memory_peak_bytes: 734_003_200,
        cpu_seconds: 11.2,
        gpu_memory_peak_bytes: null,
        output_bytes: 4096,
        run_seconds: 12.1,
      },
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
  limits: {
    memory_bytes: 8_589_934_592,
    shm_bytes: 1_073_741_824,
    pids_max: 1024,
    time_limit_seconds: 86_400,
    hang_seconds: null,
    cpus: null,
    output_bytes: 42_949_672_960,
  },
  retries: 0,
  resources: {},
  quotas: { running_tasks: null, queued_tasks: null },
  files: null,
  created_at: '2026-11-01T12:00:00.000Z',
};

export const MODEL_USAGE: ModelUsageView = {
  model: 'word-count',
  attempts: 120,
  memory_peak_bytes: { p50: 612_368_384, p95: 734_003_200, max: 771_751_936 },
  cpu_seconds: { p50: 9.8, p95: 11.2, max: 13.9 },
  gpu_memory_peak_bytes: null,
  output_bytes: { p50: 4096, p95: 4096, max: 8192 },
  run_seconds: { p50: 10.4, p95: 12.1, max: 15.3 },
  limits: MODEL.limits,
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

export const EXPLANATION: Explanation = {
  task: EXAMPLE.task,
  state: 'queued',
  reason: 'It asks for 2 GPUs of one machine, and other tasks hold them on gpu-1.',
  position: 3,
  blocker: 'held',
  machine: 'gpu-1',
  held_by: [],
  starts_by: '2026-11-02T09:15:30.000Z',
  expected_start: '2026-11-02T08:21:00.000Z',
  sooner: ['With 1 GPU it would start now.'],
};

export const GPUS: { items: GpuView[] } = {
  items: [
    {
      uuid: 'GPU-5f3b1c2e-0000-1111-2222-333344445555',
      name: 'NVIDIA H100 80GB HBM3',
      consumer: 'gpu-1',
      memory_bytes: 85_520_809_984,
      kind: 'gpu',
      trouble: null,
      task: EXAMPLE.task,
      held_since: '2026-11-02T08:15:31.000Z',
      consumer_seen_at: '2026-11-02T08:16:00.000Z',
    },
  ],
};
