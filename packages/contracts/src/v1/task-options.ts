import { TASK_STATES } from '@inference/domain';
import { z } from 'zod';
import { labelsSchema, labelTextSchema } from './labels.ts';
import { modelIdSchema } from './model.ts';
import { PRIORITIES } from './priority.ts';
import { resourcesSchema } from './resources.ts';
import { V1_LIMITS } from './v1-limits.ts';

const timeLimit = z.int().min(1).max(V1_LIMITS.timeLimitSecondsMax);
const deadline = z.int().min(1).max(V1_LIMITS.deadlineSecondsMax);
const DEADLINE = 'Seconds that the task may take in all, from its acceptance to its end, with all that it waits.';
const AFTER = 'After that it fails as `expired`.';

const priority = z.enum(PRIORITIES).meta({
  description:
    'Among your own tasks: a `high` one goes before those that are up to four hours older, a `low` one after those that are younger by as much.',
});

/** What a user may wish for a task, as the JSON part `options`. */
export const taskOptionsSchema = z
  .strictObject({
    time_limit_seconds: timeLimit.optional().meta({ description: 'How long an attempt may run; at most what the model allows.' }),
    deadline_seconds: deadline.optional().meta({ description: `${DEADLINE} ${AFTER}` }),
    labels: labelsSchema.optional(),
    priority: priority.optional(),
    resources: resourcesSchema.optional(),
  })
  .meta({ description: 'Options of a task.' });
export type TaskOptions = z.infer<typeof taskOptionsSchema>;

const wait = z.int().min(0).max(V1_LIMITS.waitSecondsMax);
/** A number in a query. */
const digits = (schema: z.ZodType<number, number>) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'is not a whole number')
    .transform(Number)
    .pipe(schema);

/** The same options in the query, for a body that is the zip itself. */
export const submitQuerySchema = z.object({
  time_limit_seconds: digits(timeLimit).optional().meta({ description: 'Seconds that an attempt may run; at most what the model allows.' }),
  deadline_seconds: digits(deadline)
    .optional()
    .meta({ description: `${DEADLINE} ${AFTER}` }),
  priority: priority.optional(),
  gpus: z
    .string()
    .regex(/^(all|[1-9]\d{0,3})$/, 'is neither a number of GPUs nor "all"')
    .optional()
    .meta({ description: 'So many GPUs of one machine, or `all`. What else a task can ask for goes into the JSON part `options`.' }),
  label: z.array(labelTextSchema).max(V1_LIMITS.labelsMax).optional().meta({ description: 'name:value, as often as there are labels.' }),
});
export const putTaskQuerySchema = submitQuerySchema.extend({ model: modelIdSchema.meta({ description: 'The id of the model.' }) });

/** Asks to be answered later: when the task has ended, or so many seconds are over. */
export const waitQuerySchema = z.object({
  wait: digits(wait)
    .optional()
    .meta({ description: `Seconds to wait for the end of the task, at most ${V1_LIMITS.waitSecondsMax}.` }),
});

const page = {
  limit: digits(z.int().min(1).max(V1_LIMITS.pageMax))
    .optional()
    .meta({ description: `Items of a page, 1 to ${V1_LIMITS.pageMax}.` }),
  cursor: z.string().max(200).optional().meta({ description: 'The next_cursor of the page before.' }),
};
export const pageQuerySchema = z.object(page);
export const listTasksQuerySchema = z.object({
  ...page,
  state: z.enum(TASK_STATES).optional(),
  model: modelIdSchema.optional(),
  label: z.array(labelTextSchema).max(V1_LIMITS.labelFiltersMax).optional().meta({ description: 'name:value; each must be there.' }),
});
