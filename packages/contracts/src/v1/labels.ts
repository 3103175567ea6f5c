import { z } from 'zod';
import { V1_LIMITS } from './v1-limits.ts';

// Neither control characters nor halves of characters: the database takes no text with them.
const key = z
  .string()
  .min(1)
  .max(V1_LIMITS.labelKeyCharsMax)
  .regex(/^[^\s:\p{Cc}\p{Cs}]+$/u, 'may have no spaces, colons and control characters');
const value = z
  .string()
  .max(V1_LIMITS.labelValueCharsMax)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'may have no control characters');

/** A user's own words on a task: names and values. */
export const labelsSchema = z
  .record(key, value)
  .refine((labels) => Object.keys(labels).length <= V1_LIMITS.labelsMax, `at most ${V1_LIMITS.labelsMax} labels`)
  .meta({ description: `At most ${V1_LIMITS.labelsMax} names and values of your own.` });
export type Labels = z.infer<typeof labelsSchema>;

/** One label as `name:value` in a query. */
export const labelTextSchema = z
  .string()
  .max(V1_LIMITS.labelKeyCharsMax + 1 + V1_LIMITS.labelValueCharsMax)
  .regex(/^[^\s:\p{Cc}\p{Cs}]{1,64}:[^\p{Cc}\p{Cs}]{0,256}$/u, 'is not name:value');
