import { UID_PATTERN } from '@inference/domain';
import { z } from 'zod';

/** What is larger is no ring, in bytes. */
export const RING_BYTES_MAX = 1_024;

/** Later versions may add fields: they are passed over. */
const ringSchema = z.object({ version: z.literal(1), taskUid: z.string().regex(UID_PATTERN) });

/** The message that stands for a ring. It holds nothing secret. */
export function writeRing(taskUid: string): Buffer {
  return Buffer.from(JSON.stringify({ version: 1, taskUid } satisfies z.infer<typeof ringSchema>));
}

/** The task that a message rings for, or null when it is no ring: whoever can reach the broker may have sent it. */
export function readRing(content: Buffer): string | null {
  if (content.length > RING_BYTES_MAX) return null;
  const ring = ringSchema.safeParse(parsed(content));
  return ring.success ? ring.data.taskUid : null;
}

function parsed(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch {
    return undefined;
  }
}
