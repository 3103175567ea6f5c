/** A container default that an admin may loosen for one model. */
export const LOOSENABLE = {
  network: 'the container gets the default bridge network',
  'writable-root': "the container's root filesystem is writable",
  'image-user': "the container runs as the image's own user, root included",
  capabilities: "the container keeps Docker's default capabilities",
  'new-privileges': 'setuid programs in the container work',
} as const;
export type Loosened = keyof typeof LOOSENABLE;

/** What a container of a model may use. */
export type ModelLimits = {
  /** Memory and swap together, in bytes. */
  readonly memoryBytes: number;
  /** Size of /dev/shm, in bytes; it counts as memory. */
  readonly shmBytes: number;
  /** Processes and threads. */
  readonly pidsMax: number;
  /** How long an attempt may run, in milliseconds. */
  readonly timeMs: number;
  /** For so long it may print nothing and use no processor time, in milliseconds; null: that is not looked at. */
  readonly hangMs: number | null;
  /** Processor cores at most, parts of one too; null: what the consumer gives each of its slots. */
  readonly cpus: number | null;
  /** What it may write to /output, in bytes. */
  readonly outputBytes: number;
};

/**
 * How a model is run: a container image, or (process runtime only) a folder on the consumer's own disk.
 * A command that came over HTTP never makes a folder model.
 */
export type ModelSource = { readonly kind: 'image'; readonly image: string } | { readonly kind: 'folder'; readonly folder: string };

/** What a consumer must know of a model to run it. */
export type ModelSpec = {
  readonly uid: string;
  readonly humanReadableId: string;
  readonly source: ModelSource;
  readonly useGpu: boolean;
  /** The static files for `/model`, or null. */
  readonly zip: { readonly bytes: number; readonly sha256: string } | null;
  readonly loosened: readonly Loosened[];
  readonly limits: ModelLimits;
};

/** What a model's id may look like: a path segment that needs no escaping. */
export const MODEL_ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
