import { z } from 'zod';
import { MESSAGE_LIMITS } from './message-limits.ts';
import { storable } from './sentence.ts';

const tailSchema = z.array(z.string()).overwrite(fit).readonly();

/** The last lines of each output stream of the model. What is beyond the limits is left out, the oldest first. */
export const logTailsSchema = z.object({ stdout: tailSchema, stderr: tailSchema }).readonly();
export type LogTails = z.infer<typeof logTailsSchema>;

function fit(lines: string[]): string[] {
  const { logLinesMax, logLineCharsMax, logTailBytesMax } = MESSAGE_LIMITS;
  const kept: string[] = [];
  let bytes = 0;
  for (const line of lines.slice(-logLinesMax).reverse()) {
    const cut = storable(line.slice(-logLineCharsMax));
    bytes += Buffer.byteLength(cut);
    if (bytes > logTailBytesMax) break;
    kept.push(cut);
  }
  return kept.reverse();
}
