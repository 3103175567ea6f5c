import { LOOSENABLE, type Loosened, MODEL_ID_PATTERN, MODEL_LIMITS, type ModelSpec } from '@inference/domain';
import { z } from 'zod';
import { consumerInfoSchema } from './consumer-info.ts';
import { imageSchema } from './image.ts';
import { leaseShape, uidSchema } from './lease.ts';
import { MESSAGE_LIMITS } from './message-limits.ts';
import { deviceUuidSchema } from './node.ts';
import { storedFileShape } from './stored-output.ts';

/** A wish for one task. Repeated with the same claim id it answers the same attempt, so a lost reply leaves no orphan. */
export const claimRequestSchema = z
  .object({
    ...consumerInfoSchema.unwrap().pick({ consumerId: true, bootId: true, pools: true }).shape,
    claimId: uidSchema,
    /**
     * Tasks of which it has an attempt in its hands: it wants none of these. After an outage their leases may be over, and a claim that
     * came before the next renewal would take them from itself, with what was computed.
     */
    holding: z.array(uidSchema).max(MESSAGE_LIMITS.holdingMax).readonly().optional(),
  })
  .readonly();
export type ClaimRequest = z.infer<typeof claimRequestSchema>;

const LOOSENED = Object.keys(LOOSENABLE) as [Loosened, ...Loosened[]];
/** Paths on the consumer's own disk. */
const FOLDER_CHARS_MAX = 4_096;
const limit = z.int().positive();

const modelSpecSchema: z.ZodType<ModelSpec> = z.object({
  uid: uidSchema,
  humanReadableId: z.string().regex(MODEL_ID_PATTERN),
  source: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('image'), image: imageSchema }),
    z.object({ kind: z.literal('folder'), folder: z.string().max(FOLDER_CHARS_MAX) }),
  ]),
  useGpu: z.boolean(),
  zip: z.object(storedFileShape).nullable(),
  loosened: z.array(z.enum(LOOSENED)).max(LOOSENED.length),
  limits: z.object({
    ...{ memoryBytes: limit, shmBytes: limit, pidsMax: limit, timeMs: limit, hangMs: limit.nullable().default(null) },
    // A private API that is older says nothing of them.
    ...{ cpus: z.number().positive().nullable().default(MODEL_LIMITS.cpus), outputBytes: limit.default(MODEL_LIMITS.outputBytes) },
  }),
});

/** A claimed attempt: what to run, on what. */
export const claimedAttemptSchema = z
  .object({
    ...leaseShape,
    model: modelSpecSchema,
    pinnedImage: imageSchema.nullable(),
    input: z.object(storedFileShape).readonly(),
    /** The devices that are its own until `freeDevices`; an attempt without a GPU has none. */
    gpuUuids: z.array(deviceUuidSchema).max(MESSAGE_LIMITS.gpusMax).readonly().default([]),
  })
  .readonly();
export type ClaimedAttempt = z.infer<typeof claimedAttemptSchema>;
