import { claimedAttemptSchema, failureSchema, logTailsSchema, usageSchema } from '@inference/contracts';
import { POOLS, UNKNOWN_USAGE } from '@inference/domain';
import { z } from 'zod';

const startedSchema = z.object({
  kind: z.literal('started'),
  /** The image that it runs, to be pinned; null where there is none. */
  image: z.string().nullable(),
  /** When it was started, by the clock of the machine (`Clock.uptimeMs`). */
  startedUptimeMs: z.number(),
});

const endSchema = z.object({
  /** As above; earlier versions left it out, ... */
  image: z.string().nullable().default(null),
  tails: logTailsSchema,
  /** ... and this. */
  usage: usageSchema.default(UNKNOWN_USAGE),
});
const endedSchema = endSchema.extend({ kind: z.literal('ended'), warnings: z.array(z.string()) });
const failedSchema = endSchema.extend({ kind: z.literal('failed'), failure: failureSchema });

/** What is written down of an attempt: enough for the next process to go on with it. It has the token of its lease, and its GPUs. */
export const journalEntrySchema = z.object({
  /** The start of the machine: with another, no model runs any more, and what it wrote may never have reached the disk. */
  machineBootId: z.string(),
  pool: z.enum(POOLS),
  claimed: claimedAttemptSchema,
  /** How often a process went on with it that had not begun it. */
  adoptions: z.int().min(0),
  /**
   * `started`: its model runs, or is about to. `ended`: its model has ended well, and its output is whole. `failed`: it is known why it failed.
   * Before that, nothing is noted.
   */
  stage: z.discriminatedUnion('kind', [startedSchema, endedSchema, failedSchema]),
});
export type JournalEntry = z.infer<typeof journalEntrySchema>;
export type Stage = JournalEntry['stage'];
