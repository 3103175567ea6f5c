/** Which server to speak to, as whom, and where that was said. */
export type Connection = {
  readonly url: string;
  readonly token: string | undefined;
  /** For people: why this server. */
  readonly source: string;
};
