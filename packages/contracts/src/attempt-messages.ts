import { FAILURE_CLASSES, type Failure, type FailureClass, type Outcome, type Usage } from '@inference/domain';
import { z } from 'zod';
import { logTailsSchema } from './log-tails.ts';
import { MESSAGE_LIMITS } from './message-limits.ts';
import { sentenceSchema } from './sentence.ts';
import { storedOutputSchema } from './stored-output.ts';
import { usageSchema } from './usage.ts';

/** What a renewal answers while the lease counts; a lease that does not is answered 409, `stale`. */
export const renewAnswerSchema = z.object({ reply: z.enum(['continue', 'stop']) });

const CLASSES = Object.keys(FAILURE_CLASSES) as [FailureClass, ...FailureClass[]];
const INT32_MAX = 2 ** 31 - 1;

/** Why an attempt failed. An exit code that was not sent is not there, rather than undefined: the domain's type says so. */
export const failureSchema = z
  .object({ class: z.enum(CLASSES), reason: sentenceSchema, exitCode: z.int().min(-INT32_MAX).max(INT32_MAX).optional() })
  .transform(({ exitCode, ...failure }): Failure => (exitCode === undefined ? failure : { ...failure, exitCode }));

const warningsSchema = z
  .array(sentenceSchema)
  .overwrite((warnings) => warnings.slice(0, MESSAGE_LIMITS.warningsMax))
  .readonly();

/** Usage that was not sent is not there, rather than undefined. */
function given<Ended extends { usage?: Usage | undefined }>({ usage, ...ended }: Ended): Omit<Ended, 'usage'> & { usage?: Usage } {
  return usage === undefined ? ended : { ...ended, usage };
}

const outcomeSchema: z.ZodType<Outcome> = z.discriminatedUnion('kind', [
  z
    .object({ kind: z.literal('succeed'), output: storedOutputSchema, warnings: warningsSchema, usage: usageSchema.optional() })
    .transform(given),
  z.object({ kind: z.literal('fail'), failure: failureSchema, usage: usageSchema.optional() }).transform(given),
  z.object({
    kind: z.literal('hand_back'),
    reason: sentenceSchema,
    delayMs: z.number().int().min(0).max(MESSAGE_LIMITS.handBackDelayMsMax).exactOptional(),
  }),
]);

/** How an attempt ended. */
export const reportSchema = z.object({ outcome: outcomeSchema, tails: logTailsSchema });
