import type { Failure, ModelSpec, Usage } from '@inference/domain';

/** Names one attempt; labels, folders and logs carry it. */
export type AttemptRef = { readonly taskUid: string; readonly attempt: number };

/** What a runtime needs to run one attempt. All folders are absolute paths on this host, made by the caller. */
export type RunOrder = AttemptRef & {
  readonly model: ModelSpec;
  /** What `prepare` answered for an earlier attempt of the task (`name@sha256:...` or an image id), or null. */
  readonly pinnedImage: string | null;
  readonly folders: {
    /** Read-only in the sandbox, at `/input`. */
    readonly input: string;
    /** Writable in the sandbox, at `/output`. */
    readonly output: string;
    /** Read-only in the sandbox, at `/model`; null when the model has no zip. */
    readonly model: string | null;
  };
  /** UUIDs of the GPUs that this attempt may use. */
  readonly gpuUuids: readonly string[];
};

/** What a runtime tells while it works. Calls come in order; they must not throw. */
export type RunObserver = {
  /** A stage or its progress, for people: "pulling image: 12 of 40 MB". At most about one a second. */
  onProgress(text: string): void;
  /** Text of one output stream of the model, as it comes. */
  onOutput(stream: 'stdout' | 'stderr', text: string): void;
  /** The model has closed its output streams: nearly always it ends within milliseconds. Called at most once, and not always. */
  onClosing(): void;
  /**
   * The model has done nothing for as long as it may (`hangMs` of its limits), as the failure says. Whoever runs it stops it, by its signal: a
   * runtime ends no model of its own accord, for only who knows that a model was told to end may know its output from a whole one. Called at
   * most once.
   */
  onHung(failure: Failure): void;
  /** Resolves once there is room for more output; null: there is. Left out by those who take all at once. Where it can, a runtime reads no more before. */
  room?(): Promise<void> | null;
};

/** What all of a model used while it ran, as far as it was seen; null: not known. */
export type ModelUsage = Pick<Usage, 'memoryPeakBytes' | 'cpuSeconds'>;

/** How a run ended, and what the model used where the runtime looks at that. */
export type RunEnd =
  /** Exit code 0. `warnings`: what the user should know, such as a child that ran out of memory. */
  (
    | { readonly kind: 'done'; readonly warnings: readonly string[] }
    /** `mayLive`: nobody knows that everything of the model is gone before `release` has said so. */
    | { readonly kind: 'failed'; readonly failure: Failure; readonly mayLive?: true }
    /** The signal was aborted; everything of the model is gone, but for the same doubt. */
    | { readonly kind: 'stopped'; readonly mayLive?: true }
  ) & { readonly usage?: ModelUsage };

/** What `prepare` found: an image to pin for this task (null for the process runtime), or why the model cannot run. */
export type Prepared = { readonly kind: 'ready'; readonly image: string | null } | { readonly kind: 'failed'; readonly failure: Failure };

/** Whether a runtime can take work, in a sentence for people where it cannot. */
export type RuntimeHealth = { readonly ok: true; readonly version: string } | { readonly ok: false; readonly reason: string };

/** A model that an earlier process of this consumer has started. */
export type AdoptedModel = {
  /**
   * Tells all that the model has printed, from its beginning where that is still known, and what is to come; then as `run` of the port. A
   * model that has ended already is not stopped any more.
   */
  follow(observer: RunObserver, signal: AbortSignal): Promise<RunEnd>;
};

/** Runs models beside the consumer. Adapters: Docker, process. One conformance suite holds for both. */
export interface ModelRuntime {
  /** Whether its models go on when this process dies. */
  readonly modelsOutliveUs: boolean;
  /** Looks whether the runtime answers; at most 5 seconds. */
  check(): Promise<RuntimeHealth>;
  /**
   * Makes the model's program present (pulls a missing image), says what to pin, and readies all that does not need the input: the
   * order's folders are there, but `input` may still be empty. Aborting ends it with a rejection. What it leaves, `release` removes.
   */
  prepare(order: RunOrder, observer: RunObserver, signal: AbortSignal): Promise<Prepared>;
  /**
   * Runs the model of a prepared order to its end. Aborting `signal` stops it: TERM, a grace period, KILL, and only then `stopped`. When it
   * returns, no process of the model lives any more, unless it says `mayLive`. A fault of the runtime itself is an `infrastructure` failure.
   */
  run(order: RunOrder, image: string | null, observer: RunObserver, signal: AbortSignal): Promise<RunEnd>;
  /**
   * Takes over the model of an order that an earlier process of this consumer ran: it is no orphan from then on. Null: it is gone, was never
   * started, or ended in a way that says nothing of the model. Rejects when the runtime cannot be asked.
   */
  adopt(order: RunOrder): Promise<AdoptedModel | null>;
  /**
   * Removes what `prepare` and `run` left behind (a container), never the folders. May be called late and twice. When it resolves, nothing
   * is left; it rejects where that is not sure.
   */
  release(attempt: AttemptRef): Promise<void>;
  /** Ends and removes everything of ours that belongs to no attempt in `live`; answers how many things went. */
  sweep(live: readonly AttemptRef[]): Promise<number>;
}
