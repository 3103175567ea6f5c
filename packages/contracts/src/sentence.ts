import { z } from 'zod';
import { MESSAGE_LIMITS } from './message-limits.ts';

/** A text for people, made storable: it is cut rather than refused, as no outcome may be lost for the words that come with it. */
export const sentenceSchema = z.string().overwrite((text) => storable(text.slice(0, MESSAGE_LIMITS.sentenceCharsMax)));

/** Postgres knows no NUL, and UTF-8 no half of a surrogate pair: a model may print both. */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}
