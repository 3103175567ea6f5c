import type { Log } from '@inference/service';

/** Tells lines of the simulated processes to whoever follows a schedule; usually nobody. */
export type Trace = ((line: string) => void) | null;

/** The log of a simulated process. */
export function logTo(trace: Trace, who: string, nowMs: () => number): Log {
  const write =
    (level: string) =>
    (fields: unknown, text = '') => {
      if (trace !== null)
        trace(
          `${(nowMs() / 1000).toFixed(3)} ${who} ${level} ${typeof fields === 'string' ? fields : `${text} ${JSON.stringify(fields, errorsToo)}`}`,
        );
    };
  return {
    debug: () => {},
    trace: () => {},
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    fatal: write('fatal'),
  } as unknown as Log;
}

function errorsToo(_name: string, value: unknown): unknown {
  return value instanceof Error ? `${value.name}: ${value.message}` : value;
}
