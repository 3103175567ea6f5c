import { FAILURE_CLASSES, type FailureClass, MODEL_ID_PATTERN, TASK_STATES } from '@inference/domain';
import { z } from 'zod';
import { uidSchema } from '../lease.ts';
import { labelsSchema } from './labels.ts';
import { PRIORITIES } from './priority.ts';
import { resourcesSchema } from './resources.ts';
import { attemptUsageSchema } from './usage.ts';
import { V1_LIMITS } from './v1-limits.ts';

const CLASSES = Object.keys(FAILURE_CLASSES) as [FailureClass, ...FailureClass[]];
const time = z.iso.datetime().meta({ description: 'UTC.' });
const bytes = z.int().min(0);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const seconds = z.number().min(0).nullable();

const failureSchema = z.object({
  class: z.enum(CLASSES),
  reason: z.string(),
  exit_code: z.int().nullable().meta({ description: 'Of the main process of the model, where it had one.' }),
  last_lines: z.array(z.string()).meta({ description: 'The end of stderr, or of stdout where stderr is empty.' }),
});

const attemptSchema = z.object({
  number: z.int().min(1),
  consumer: z.string(),
  started_at: time,
  ended_at: time.nullable(),
  outcome: z.enum(['succeed', 'fail', 'hand_back', 'lost']).nullable(),
  failure: z.object({ class: z.enum(CLASSES), reason: z.string(), exit_code: z.int().nullable() }).nullable(),
  usage: attemptUsageSchema.nullable().meta({ description: 'What it used; null where its consumer told nothing of that.' }),
});

const happeningSchema = z.object({
  at: time,
  kind: z.string().meta({
    description:
      '`submitted`, `claimed` (text: by which consumer), `image` (text: the exact image that is run), `queued` (it is tried again; text: why), `requeued`, `cancelling`, or how it ended; more kinds may come.',
  }),
  attempt: z.int().min(1).nullable(),
  text: z.string(),
});

/** What a list shows of a task. */
const itemShape = {
  id: uidSchema,
  model: z.string().regex(MODEL_ID_PATTERN),
  state: z.enum(TASK_STATES),
  owner: z.string(),
  labels: labelsSchema,
  progress: z
    .object({ fraction: z.number().min(0).max(1).nullable(), text: z.string() })
    .nullable()
    .meta({ description: 'What the model last said of its progress.' }),
  created_at: time,
  started_at: time.nullable(),
  finished_at: time.nullable(),
  failure_class: z.enum(CLASSES).nullable(),
  retry_of: uidSchema.nullable(),
};
export const taskItemSchema = z.object(itemShape).meta({ description: 'A task, in short.' });
export type TaskItem = z.infer<typeof taskItemSchema>;

export const taskSchema = z
  .object({
    ...itemShape,
    reason: z.string().meta({ description: 'Why the task is where it is, in a sentence.' }),
    position: z
      .int()
      .min(1)
      .nullable()
      .meta({ description: 'By age in the queue of its pool, while queued. Owners take turns: GET .../explain tells more.' }),
    priority: z.enum(PRIORITIES),
    resources: resourcesSchema.meta({
      description: 'What it asks for of the machine that runs it; empty where that is nothing, or one GPU.',
    }),
    time_limit_seconds: z.number().positive(),
    deadline_at: time.nullable().meta({ description: 'When the task fails as `expired` unless it has ended. Null: it has no deadline.' }),
    timings: z
      .object({ waiting_seconds: seconds, running_seconds: seconds, total_seconds: seconds })
      .meta({ description: 'Until the first attempt; from there to the end; altogether. Null while not over.' }),
    attempts: z.array(attemptSchema),
    history: z.array(happeningSchema).meta({ description: `What happened to it, oldest first: the newest ${V1_LIMITS.historyMax}.` }),
    failure: failureSchema.nullable(),
    warnings: z.array(z.string()),
    input: z.object({ bytes, sha256, available: z.boolean() }),
    output: z.object({ bytes, sha256, available: z.boolean() }).nullable(),
  })
  .meta({ description: 'A task.' });
export type Task = z.infer<typeof taskSchema>;

export const taskPageSchema = z.object({ items: z.array(taskItemSchema), next_cursor: z.string().nullable() });

export const cancelAnswerSchema = z.object({
  result: z.enum(['cancelled', 'cancelling', 'already_ended']).meta({
    description: 'It was queued and is cancelled; it runs and is being stopped; it had ended before, nothing changed.',
  }),
  task: taskSchema,
});
export type CancelAnswer = z.infer<typeof cancelAnswerSchema>;
