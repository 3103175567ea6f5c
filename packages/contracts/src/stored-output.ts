import type { StoredOutput } from '@inference/domain';
import { z } from 'zod';
import { MESSAGE_LIMITS } from './message-limits.ts';

/** What identifies the content of a stored file. */
export const storedFileShape = {
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256: 64 hexadecimal digits'),
};

/** An output as the file store named it. */
export const storedOutputSchema: z.ZodType<StoredOutput> = z.object({
  key: z.string().min(1).max(MESSAGE_LIMITS.fileKeyCharsMax),
  ...storedFileShape,
});
