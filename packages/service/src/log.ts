import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;

/** Structured log lines. Fields are named the same everywhere: taskUid, attempt, modelId, consumerId, requestId. */
export function createLog(options: { level: string; destination?: DestinationStream }): Log {
  return pino({ level: options.level, base: null, redact: ['token', '*.token', 'authorization', '*.authorization'] }, options.destination);
}
