import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;

export type LogOptions = {
  readonly level: string;
  /** Which service speaks, where several write into one place. */
  readonly service?: string;
  readonly destination?: DestinationStream;
};

/** Lines that wait for a reader who is slow or stuck, in bytes; more are dropped, as memory is not for them. */
const WAITING_BYTES_MAX = 1024 * 1024;

/** Structured log lines. Fields are named the same everywhere: taskUid, attempt, modelId, consumerId, requestId. */
export function createLog({ level, service, destination = toOutput() }: LogOptions): Log {
  const base = service === undefined ? null : { service };
  return pino({ level, base, redact: ['token', '*.token', 'authorization', '*.authorization'] }, destination);
}

/** Writes beside the work, several lines at once where there are many: a slow reader holds nobody up. What waits at the exit is written. */
function toOutput(): DestinationStream {
  return pino.destination({ dest: 1, sync: false, maxLength: WAITING_BYTES_MAX });
}
