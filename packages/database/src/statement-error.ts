/** A statement that failed; `cause` is what the driver says. */
export class StatementError extends Error {
  /** Postgres' own code (SQLSTATE), or the network's, such as ECONNREFUSED; empty where there is none. */
  readonly code: string;

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'StatementError';
    this.code = String((cause as { code?: unknown } | null)?.code ?? '');
  }
}
