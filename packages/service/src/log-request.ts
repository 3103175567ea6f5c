import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '@inference/domain';

/** Where request lines go; a pino logger is one. */
export type RequestLog = Record<'debug' | 'info', (fields: Record<string, unknown>, message: string) => void>;

/** What is known of a request when its answer is over. Never a path, a query, a header or a body: they hold secrets, and what clients like. */
export type RequestFacts = {
  readonly requestId: string;
  /** The pattern of the route; null where there is none. */
  readonly route: string | null;
  readonly taskUid?: string | undefined;
  readonly attempt?: number | undefined;
  /** The address of the sender. */
  readonly client?: string;
  /** Said so often that it is worth a line at the level debug only, unless it fails. */
  readonly quiet?: boolean;
};

/** Logs a request in one line, once its answer is over. */
export function logRequest(
  { method }: IncomingMessage,
  response: ServerResponse,
  { log, clock, facts }: { log: RequestLog; clock: Clock; facts: () => RequestFacts },
): void {
  const beganMs = clock.monotonicMs();
  response.once('close', () => {
    const { quiet = false, ...known } = facts();
    const { statusCode: status } = response;
    const level = quiet && status < 400 ? 'debug' : 'info';
    // An answer that did not go out whole: the client went away, or we did.
    const cut = response.writableFinished ? {} : { cut: true };
    log[level]({ ...known, method, status, ms: Math.round(clock.monotonicMs() - beganMs), ...cut }, 'request');
  });
}
