/** Bytes that can be sent: a zip, wherever it comes from. */
export type Input = {
  /** What it is, for people. */
  readonly name: string;
  /** How many bytes of content will be read; null where nobody knows before. */
  readonly bytes: number | null;
  /** Whether `open` gives the same bytes again, so that a broken upload may be repeated. */
  readonly isRepeatable: boolean;
  /** What was left out, in sentences. */
  readonly warnings: readonly string[];
  /** The zip. `onContent` hears how much of `bytes` has been read. */
  open(onContent: (bytes: number) => void): AsyncIterable<Uint8Array>;
};
