const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

/** Limits of a zip that comes in (inputs and model zips). */
export type ZipLimits = {
  /** The zip itself, in bytes. */
  readonly archiveBytesMax: number;
  /** Its content once inflated, in bytes. */
  readonly contentBytesMax: number;
  readonly entriesMax: number;
  /** One part of a name (between slashes), in bytes of UTF-8. */
  readonly nameSegmentBytesMax: number;
  /** A whole name, in bytes of UTF-8. */
  readonly nameBytesMax: number;
  readonly depthMax: number;
  /** CPU time of the check: this much, in milliseconds, ... */
  readonly cpuBaseMs: number;
  /** ... and one second more for each so many bytes of content. */
  readonly cpuBytesPerSecond: number;
};

export const ZIP_LIMITS: ZipLimits = {
  archiveBytesMax: 20 * GIB,
  contentBytesMax: 40 * GIB,
  entriesMax: 200_000,
  nameSegmentBytesMax: 255,
  nameBytesMax: 1024,
  depthMax: 32,
  cpuBaseMs: 60_000,
  cpuBytesPerSecond: 50_000_000,
};

/** Limits of what is collected from /output. The bytes are those of the model's registration. */
export type OutputLimits = { readonly contentBytesMax: number; readonly entriesMax: number };

export const OUTPUT_LIMITS: OutputLimits = { contentBytesMax: 40 * GIB, entriesMax: 200_000 };

/** What a model's container may use unless its registration says otherwise. */
export const MODEL_LIMITS = {
  memoryBytes: 8 * GIB,
  shmBytes: 1 * GIB,
  pidsMax: 1024,
  timeMs: 24 * 3600 * 1000,
  hangMs: null,
  cpus: null,
  outputBytes: OUTPUT_LIMITS.contentBytesMax,
} as const;

/** What is kept of stdout and of stderr, per attempt and stream. */
export const LOG_TAIL = { linesMax: 500, lineCharsMax: 2000 } as const;

/** The log of a model while it runs. */
export const LIVE_LOG = {
  /** What is kept of each stream of an attempt, in bytes of UTF-8: then a sentence says that it is cut. */
  streamBytesMax: 1 * MIB,
  /** And in pieces, each of which is a row: a model may print a character at a time. */
  streamPiecesMax: 64 * 1024,
  /** So many pieces are made of what comes from both streams in turn; then what waits of a stream is one, and batches come less often. */
  finePiecesMax: 4_096,
  /** A line that is not over is kept so far, in characters: what comes before is let go. */
  openLineCharsMax: 2_000,
  /** What waits for a private API that is away or slow, per attempt, in bytes: then the oldest is dropped. */
  waitingBytesMax: 256 * KIB,
  /** What is sent at a time, in bytes of UTF-8 and in pieces. */
  batchBytesMax: 64 * KIB,
  batchPiecesMax: 500,
  progressTextCharsMax: 200,
} as const;
