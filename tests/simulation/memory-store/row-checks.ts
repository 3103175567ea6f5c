import { LIVE_LOG } from '@inference/domain';
import type { AttemptRow, AuditRow, LogPieceRow, ModelRow, OwnerUseRow } from '../rows.ts';

const OUTCOMES: readonly (string | null)[] = ['succeed', 'fail', 'hand_back', 'lost'];
const STREAMS: readonly string[] = ['stdout', 'stderr'];
const KEY_SHAPE = /isk_[A-Za-z0-9]{8}_[A-Za-z0-9_-]{43}/;

/** The CHECKs of the other tables, by their names in the migrations. */
type Checks<Row> = Readonly<Record<string, (row: Row) => boolean>>;

export const MODEL_CHECKS: Checks<ModelRow> = {
  model_cpus_positive: (row) => row.cpus === null || row.cpus > 0,
  model_hang_positive: (row) => row.hang_ms === null || row.hang_ms > 0n,
  model_output_positive: (row) => row.output_bytes > 0n,
  model_running_max_positive: (row) => row.running_max === null || row.running_max > 0,
  model_queued_max_positive: (row) => row.queued_max === null || row.queued_max > 0,
  model_retries_few: (row) => row.retries_max >= 0 && row.retries_max <= 5,
};

export const ATTEMPT_CHECKS: Checks<AttemptRow> = {
  attempt_numbered_from_one: (row) => row.number >= 1,
  attempt_ended_with_outcome: (row) => (row.ended_at !== null) === (row.outcome !== null),
  attempt_outcome_known: (row) => row.outcome === null || OUTCOMES.includes(row.outcome),
};

export const LOG_PIECE_CHECKS: Checks<LogPieceRow> = {
  log_piece_stream_known: (row) => STREAMS.includes(row.stream),
  log_piece_attempt_counted: (row) => row.attempt >= 1,
  log_piece_place_bounded: (row) => row.offset >= 0 && row.offset + Buffer.byteLength(row.text) <= LIVE_LOG.streamBytesMax,
};

export const OWNER_USE_CHECKS: Checks<OwnerUseRow> = { owner_use_not_negative: (row) => row.gpu_millis >= 0n };

export const AUDIT_CHECKS: Checks<AuditRow> = {
  audit_no_key: ({ actor, subject, detail }) => !KEY_SHAPE.test(`${actor} ${subject} ${JSON.stringify(detail)}`),
};
