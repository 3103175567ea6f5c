import { type DestinationStream, type Logger, pino } from 'pino';
import { GatheredOutput } from './gathered-output.ts';

export type Log = Logger;

export type LogOptions = {
  readonly level: string;
  /** Which service speaks, where several write into one place. */
  readonly service?: string;
  readonly destination?: DestinationStream;
};

/** Structured log lines. Fields are named the same everywhere: taskUid, attempt, modelId, consumerId, requestId. */
export function createLog({ level, service, destination = new GatheredOutput() }: LogOptions): Log {
  const base = service === undefined ? null : { service };
  return pino({ level, base, redact: ['token', '*.token', 'authorization', '*.authorization'] }, destination);
}
