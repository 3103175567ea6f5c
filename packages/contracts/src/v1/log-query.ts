import { z } from 'zod';

/** Lines that one request may ask for from the end of a log. */
const TAIL_MAX = 1_000_000;
const ATTEMPT_MAX = 2 ** 31 - 1;
const number = (max: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/, 'is not a whole number')
    .transform(Number)
    .pipe(z.int().min(1).max(max));

/** Which part of a task's log is wanted. */
export const logQuerySchema = z.object({
  stream: z.enum(['stdout', 'stderr']).optional().meta({ description: 'Only this one; left out: both, as they came.' }),
  tail: number(TAIL_MAX).optional().meta({ description: 'Only so many lines from the end.' }),
  attempt: number(ATTEMPT_MAX).optional().meta({ description: 'Of this attempt; left out: the newest.' }),
});
