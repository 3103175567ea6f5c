import { AppError, type FieldError } from '@inference/domain';
import type { z } from 'zod';

/** Wrong fields that one answer lists at most. */
const FIELDS_MAX = 20;

/** What a part of a request says, once it is known to be right. @throws AppError `invalid_request` with pointers to the wrong fields */
export function checkFields<Fields>(schema: z.ZodType<Fields>, where: FieldError['loc'][0], sent: unknown): Fields {
  const read = schema.safeParse(sent);
  if (read.success) return read.data;
  const fields = read.error.issues
    .slice(0, FIELDS_MAX)
    .map(({ path, message, code }): FieldError => ({ loc: [where, path.map(escapeSegment).join('/')], msg: message, type: code }));
  const [first] = fields;
  throw new AppError('invalid_request', `The request is not valid: ${first?.loc.filter((part) => part !== '').join('/')}: ${first?.msg}.`, {
    fields,
  });
}

/** One wrong field. */
export function wrongField(where: FieldError['loc'][0], name: string, message: string): AppError {
  return new AppError('invalid_request', `The request is not valid: ${where}/${name} ${message}.`, {
    fields: [{ loc: [where, name], msg: message, type: 'custom' }],
  });
}

/** As RFC 6901 writes a name in a pointer. */
function escapeSegment(segment: PropertyKey): string {
  return String(segment).replaceAll('~', '~0').replaceAll('/', '~1');
}
