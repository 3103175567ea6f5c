/** Which server to speak to, as whom, and where that was said. */
export type Connection = {
  readonly url: string;
  readonly token: string | undefined;
  /** When that key ends: ISO 8601, as it was when it was saved; only for one that was saved. */
  readonly tokenEndsAt?: string | undefined;
  /** For people: why this server. */
  readonly source: string;
};
