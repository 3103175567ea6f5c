import type { QueueLog } from '../rabbit/queue-log.ts';

/** A log that keeps what it is told, as `level: text`. */
export function recordingLog(): { log: QueueLog; lines: string[] } {
  const lines: string[] = [];
  const at = (level: string) => (_fields: object, text: string) => {
    lines.push(`${level}: ${text}`);
  };
  return { log: { info: at('info'), warn: at('warn'), error: at('error') }, lines };
}
