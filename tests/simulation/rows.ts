import type { NodeInfo } from '@inference/contracts';
import type { ResourceAsks } from '@inference/domain';

// The rows of the tables, named as the columns are. What is kept of keys is not simulated.

export type ModelRow = {
  id: number;
  uid: string;
  human_readable_id: string;
  description: string;
  image: string;
  folder: string | null;
  use_gpu: boolean;
  loosened: readonly string[];
  memory_bytes: bigint;
  shm_bytes: bigint;
  pids_max: number;
  time_ms: bigint;
  hang_ms: bigint | null;
  cpus: number | null;
  output_bytes: bigint;
  asks: ResourceAsks;
  running_max: number | null;
  queued_max: number | null;
  typical_ms: bigint | null;
  long_ms: bigint | null;
  retries_max: number;
  zip_key: string | null;
  zip_name: string | null;
  zip_bytes: bigint | null;
  zip_sha256: string | null;
  created_at: Date;
  disabled_at: Date | null;
};

export type TaskRow = {
  id: number;
  uid: string;
  model_id: number;
  owner: string;
  pool: string;
  state: string;
  priority: number;
  order_key: bigint;
  asks: ResourceAsks;
  running_max: number | null;
  available_at: Date;
  rung_at: Date | null;
  attempt: number;
  infrastructure_faults: number;
  model_faults: number;
  pinned_image: string | null;
  input_key: string;
  input_bytes: bigint;
  input_sha256: string;
  output_key: string | null;
  output_bytes: bigint | null;
  output_sha256: string | null;
  warnings: readonly string[];
  labels: Readonly<Record<string, string>>;
  time_limit_ms: bigint | null;
  deadline_ms: bigint | null;
  deadline_at: Date | null;
  client_key: string | null;
  retry_of: number | null;
  progress: number | null;
  progress_text: string;
  failure_class: string | null;
  failure_reason: string | null;
  failure_exit_code: number | null;
  created_at: Date;
  started_at: Date | null;
  finished_at: Date | null;
  deleted_at: Date | null;
  purged_at: Date | null;
};

export type AttemptRow = {
  task_id: number;
  number: number;
  token: string;
  claim_id: string;
  consumer_id: string;
  boot_id: string;
  heartbeat: number;
  started_at: Date;
  ended_at: Date | null;
  outcome: string | null;
  failure_class: string | null;
  failure_reason: string | null;
  exit_code: number | null;
  output_sha256: string | null;
  memory_peak_bytes: bigint | null;
  cpu_seconds: number | null;
  gpu_memory_peak_bytes: bigint | null;
  output_content_bytes: bigint | null;
  run_ms: bigint | null;
  stdout_tail: readonly string[];
  stderr_tail: readonly string[];
};

export type DeviceLeaseRow = {
  id: number;
  device_uuid: string;
  task_id: number;
  attempt: number;
  consumer_id: string;
  boot_id: string;
  taken_at: Date;
  ended_at: Date | null;
};

export type OwnerUseRow = { owner: string; gpu_millis: bigint; at: Date };

export type EventRow = { id: bigint; task_id: number; at: Date; kind: string; attempt: number | null; text: string };

export type LogPieceRow = {
  id: bigint;
  task_id: number;
  attempt: number;
  stream: string;
  offset: number;
  text: string;
  open: boolean;
  at: Date;
};

export type ConsumerRow = {
  id: string;
  owner: string | null;
  boot_id: string;
  pools: readonly string[];
  gpus: number;
  trouble: Readonly<Record<string, string>>;
  node: NodeInfo | null;
  seen_at: Date;
};

export type AuditRow = {
  id: number;
  at: Date;
  actor: string;
  key: string | null;
  action: string;
  subject: string;
  detail: Readonly<Record<string, unknown>>;
  request_id: string | null;
};

export type SettingRow = { key: string; value: string };
