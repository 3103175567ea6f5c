import { AppError, type FieldError } from '@inference/domain';
import type { z } from 'zod';

/** Wrong fields that one answer lists at most. */
const FIELDS_MAX = 20;

/** What a consumer sent, once it is known to be what it should be. @throws AppError `invalid_request` with the wrong fields */
export function checkMessage<Message>(schema: z.ZodType<Message>, sent: unknown): Message {
  const read = schema.safeParse(sent);
  if (read.success) return read.data;
  const fields = read.error.issues
    .slice(0, FIELDS_MAX)
    .map(({ path, message, code }): FieldError => ({ loc: ['body', path.join('.')], msg: message, type: code }));
  throw new AppError('invalid_request', undefined, { fields });
}
