import type {
  AttemptRow,
  AuditRow,
  ConsumerRow,
  DeviceLeaseRow,
  EventRow,
  LogPieceRow,
  ModelRow,
  OwnerUseRow,
  SettingRow,
  TaskRow,
} from './rows.ts';

/** A row as JSON has it: times as text (ISO 8601, UTC), whole numbers as numbers. */
export type Dumped<Row> = { readonly [Column in keyof Row]: DumpedValue<Row[Column]> };
type DumpedValue<Value> = Value extends Date ? string : Value extends bigint ? number : Value;

/** Everything that a store keeps, in the order of its keys: what invariants are told of, and what is compared. */
export type Tables = {
  readonly model: readonly Dumped<ModelRow>[];
  readonly task: readonly Dumped<TaskRow>[];
  readonly attempt: readonly Dumped<AttemptRow>[];
  readonly event: readonly Dumped<EventRow>[];
  readonly log_piece: readonly Dumped<LogPieceRow>[];
  readonly device_lease: readonly Dumped<DeviceLeaseRow>[];
  readonly owner_use: readonly Dumped<OwnerUseRow>[];
  readonly consumer: readonly Dumped<ConsumerRow>[];
  readonly audit: readonly Dumped<AuditRow>[];
  readonly setting: readonly Dumped<SettingRow>[];
};

/** The files of the file store, by their keys; null where one is not whole. */
export type StoredFiles = ReadonlyMap<string, { readonly bytes: number; readonly sha256: string } | null>;
