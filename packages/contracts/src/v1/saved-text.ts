import { z } from 'zod';

/** A text of at most so many characters that can be saved: Postgres knows no NUL, and UTF-8 no half of a surrogate pair. */
export function savedText(charsMax: number) {
  return z
    .string()
    .max(charsMax)
    .refine((text) => text.isWellFormed() && !text.includes('\0'), 'may have no NUL character and no half of a surrogate pair');
}
