import { z } from 'zod';
import { savedText } from './saved-text.ts';
import { V1_LIMITS } from './v1-limits.ts';

const key = savedText(V1_LIMITS.labelKeyCharsMax)
  .min(1)
  .regex(/^[^\s:\p{Cc}]+$/u, 'may have no spaces, colons and control characters');
const value = savedText(V1_LIMITS.labelValueCharsMax).regex(/^\P{Cc}*$/u, 'may have no control characters');

/** A user's own words on a task: names and values. */
export const labelsSchema = z
  .record(key, value)
  .refine((labels) => Object.keys(labels).length <= V1_LIMITS.labelsMax, `at most ${V1_LIMITS.labelsMax} labels`)
  .meta({ description: `At most ${V1_LIMITS.labelsMax} names and values of your own.` });
export type Labels = z.infer<typeof labelsSchema>;

/** One label as `name:value` in a query. */
export const labelTextSchema = savedText(V1_LIMITS.labelKeyCharsMax + 1 + V1_LIMITS.labelValueCharsMax).regex(
  /^[^\s:\p{Cc}]{1,64}:\P{Cc}{0,256}$/u,
  'is not name:value',
);
