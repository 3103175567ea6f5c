import { LOOSENABLE, type Loosened, MODEL_ID_PATTERN, MODEL_RETRIES_MAX } from '@inference/domain';
import { z } from 'zod';
import { uidSchema } from '../lease.ts';
import { resourcesSchema } from './resources.ts';
import { savedText } from './saved-text.ts';
import { V1_LIMITS } from './v1-limits.ts';

const LOOSENED = Object.keys(LOOSENABLE) as [Loosened, ...Loosened[]];
const MIB = 1024 * 1024;
const bytes = (least: number) =>
  z
    .int()
    .min(least)
    .max(4_194_304 * MIB);

/** What Docker takes as a share of processor cores, at least; and more than any machine has. */
const CPUS_MIN = 0.01;
const CPUS_MAX = 4_096;

const limitsShape = {
  memory_bytes: bytes(16 * MIB),
  shm_bytes: bytes(MIB),
  pids_max: z.int().min(16).max(4_194_304),
  time_limit_seconds: z.int().min(1).max(V1_LIMITS.timeLimitSecondsMax),
  hang_seconds: z.int().min(V1_LIMITS.hangSecondsMin).max(V1_LIMITS.timeLimitSecondsMax).nullable().meta({
    description: 'A model that for so long has printed nothing and used no processor time is stopped. Null: that is not looked at.',
  }),
  cpus: z.number().min(CPUS_MIN).max(CPUS_MAX).nullable().meta({
    description: 'Processor cores at most, parts of one too. Null: what the consumer gives each of its slots.',
  }),
  output_bytes: bytes(MIB).meta({ description: 'A model that writes more to /output is stopped.' }),
};
const retries = z.int().min(0).max(MODEL_RETRIES_MAX).meta({
  description: 'How often a task is tried again that ended as model_error or bad_output. Faults of machines have a budget of their own.',
});
const quota = z.int().min(1).max(V1_LIMITS.quotaTasksMax).nullable();
const quotasShape = {
  running_tasks: quota.meta({ description: 'So many of its tasks run at the same time.' }),
  queued_tasks: quota.meta({ description: 'So many of its tasks wait at the same time; one more is refused with 429.' }),
};
const someLimits = z.strictObject(limitsShape).partial();
export const modelIdSchema = z.string().regex(MODEL_ID_PATTERN, 'may have 1 to 128 letters, digits, dots, dashes and underscores');
const description = savedText(V1_LIMITS.descriptionCharsMax);
const image = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,511}$/, 'is not the name of an image');

/** The limits of a model as they are shown. */
export const limitsSchema = z.object({
  ...limitsShape,
  time_limit_seconds: z.number().positive(),
  hang_seconds: z.number().positive().nullable(),
});

export const modelSchema = z
  .object({
    id: modelIdSchema,
    description: z.string(),
    image: z.string().nullable().meta({ description: 'Null for a model that lies in a folder of the server.' }),
    gpu: z.boolean(),
    disabled: z.boolean().meta({ description: 'A disabled model takes no new tasks; those accepted before still run.' }),
    loosened: z.array(z.enum(LOOSENED)),
    limits: limitsSchema,
    retries,
    resources: resourcesSchema.meta({ description: 'What its tasks ask for, unless they say so themselves.' }),
    quotas: z.object(quotasShape).meta({ description: 'Null: none.' }),
    files: z.object({ bytes: z.int(), sha256: z.string() }).nullable().meta({ description: 'The static files that it reads in /model.' }),
    created_at: z.iso.datetime(),
  })
  .meta({ description: 'A model.' });
export type ModelView = z.infer<typeof modelSchema>;

/** How a new model did on the input that came with its registration. */
export const modelTestSchema = z.object({
  task: uidSchema.meta({ description: 'The task that runs the model on the sample.' }),
  passed: z
    .boolean()
    .nullable()
    .meta({ description: 'It ended with exit code 0 and wrote something to /output. Null while it has not ended.' }),
  reason: z.string(),
});
export const registeredModelSchema = modelSchema
  .extend({ test: modelTestSchema.nullable().meta({ description: 'Null where no sample came with the registration.' }) })
  .meta({ description: 'A model that was just registered.' });
export type RegisteredModel = z.infer<typeof registeredModelSchema>;

export const modelPageSchema = z.object({ items: z.array(modelSchema), next_cursor: z.string().nullable() });

export const newModelSchema = z
  .strictObject({
    id: modelIdSchema,
    image,
    description: description.default(''),
    gpu: z.boolean().default(false),
    loosened: z.array(z.enum(LOOSENED)).max(LOOSENED.length).default([]),
    limits: someLimits.default({}),
    retries: retries.default(0),
    resources: resourcesSchema.default({}),
    quotas: z.strictObject(quotasShape).partial().default({}),
  })
  .meta({ description: 'A model to register.' });
/** A registration as clients write it: what has a default may be left out. */
export type NewModel = z.input<typeof newModelSchema>;

export const modelChangeSchema = z
  .strictObject({
    description,
    limits: someLimits,
    retries,
    resources: resourcesSchema.meta({ description: 'Takes the place of all that it asked for before.' }),
    quotas: z.strictObject(quotasShape).partial(),
    disabled: z.boolean(),
  })
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'there is nothing to change')
  .meta({ description: 'What is to change; what is left out stays.' });
export type ModelChange = z.infer<typeof modelChangeSchema>;
