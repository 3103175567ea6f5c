/** How to reach a server. */
export type ClientOptions = {
  /** Its address, such as http://127.0.0.1:7420. */
  readonly url: string;
  /** The key, `isk_...`; none is needed on the machine of a server that is bound to loopback. */
  readonly token?: string | undefined;
  readonly fetch?: typeof fetch | undefined;
  /** Names for submits, so that a repeated one is no second task. */
  readonly newId?: (() => string) | undefined;
  /** From 0 to 1: spreads the waits before new tries. */
  readonly random?: (() => number) | undefined;
  /** Hears of each failure that is tried again. */
  readonly onRetry?: ((error: Error) => void) | undefined;
  /** Hears of each request as it is sent. */
  readonly onRequest?: ((request: { method: string; url: string }) => void) | undefined;
  /** How long an answer may take that is no upload, download or wait, in milliseconds. */
  readonly requestMs?: number | undefined;
};
