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

/** Lines are written together: at the latest so long after the first of them, in milliseconds, ... */
const GATHER_MS = 20;
/** ... and when they are so many bytes. To write each line by itself was an eighth of what the relay did for a small request. */
const GATHER_BYTES = 8 * 1024;

/** Writes beside the work: a slow reader holds nobody up. What waits at the exit is written. */
function toOutput(): DestinationStream & { flushSync(): void } {
  const output = pino.destination({ dest: 1, sync: false, minLength: GATHER_BYTES, maxLength: WAITING_BYTES_MAX });
  let gathers = false;
  const flush = () => {
    gathers = false;
    output.flush();
  };
  return {
    write(line) {
      output.write(line);
      if (gathers) return;
      gathers = true;
      setTimeout(flush, GATHER_MS).unref();
    },
    flushSync: () => output.flushSync(),
  };
}
