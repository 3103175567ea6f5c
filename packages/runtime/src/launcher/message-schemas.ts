import { LOOSENABLE, type Loosened } from '@inference/domain';
import { z } from 'zod';
import { CONSUMER_FOLDER } from '../work-layout.ts';

/** Of a list of attempts, of GPUs, and of texts, in entries and characters. */
const ATTEMPTS_MAX = 4_096;
const GPUS_MAX = 64;
const TEXT_CHARS_MAX = 400;
const PATH_CHARS_MAX = 4_096;
const ATTEMPT_MAX = 1_000_000;

const uid = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const ref = { taskUid: uid, attempt: z.int().min(1).max(ATTEMPT_MAX) };
const caller = { consumer: z.string().regex(CONSUMER_FOLDER), boot: uid };
const path = z.string().min(1).max(PATH_CHARS_MAX);
const count = z.int().positive();
const text = z.string().min(1).max(TEXT_CHARS_MAX);
const LOOSENED = Object.keys(LOOSENABLE) as Loosened[];

const sent = z.strictObject({
  ...ref,
  image: text,
  pinnedImage: text.nullable(),
  folders: z.strictObject({ input: path, output: path, model: path.nullable() }),
  gpuUuids: z.array(z.string().regex(/^(?:GPU|MIG)-[A-Za-z0-9][A-Za-z0-9/-]{0,99}$/)).max(GPUS_MAX),
  loosened: z.array(z.enum(LOOSENED)).max(LOOSENED.length),
  limits: z.strictObject({
    ...{ memoryBytes: count, shmBytes: count, pidsMax: count, timeMs: count, hangMs: count.nullable() },
    ...{ cpus: z.number().positive().nullable(), outputBytes: count },
  }),
});

const attempt = z.strictObject(ref);

/** What may be in a message, by route. What is not named here is refused, not left out. */
export const MESSAGE_SCHEMAS = {
  check: z.strictObject({ ...caller }),
  prepare: z.strictObject({ ...caller, sent }),
  run: z.strictObject({ ...caller, sent, image: text }),
  adopt: z.strictObject({ ...caller, sent }),
  follow: z.strictObject({ ...caller, sent }),
  stop: z.strictObject({ ...caller, attempt }),
  release: z.strictObject({ ...caller, attempt }),
  sweep: z.strictObject({ ...caller, live: z.array(attempt).max(ATTEMPTS_MAX) }),
} as const;

/** An order whose form is right; whether it may run here is `checkOrder`'s to say. */
export type CheckedOrder = z.output<typeof sent>;
