import { POOLS } from '@inference/domain';
import { z } from 'zod';
import { folderModelsSchema } from './folder-model.ts';
import { MESSAGE_LIMITS } from './message-limits.ts';
import { sentenceSchema } from './sentence.ts';

const idSchema = z
  .string()
  .max(MESSAGE_LIMITS.idCharsMax)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'may have letters, digits, dots, dashes and underscores, and begins with a letter or digit');
const poolSchema = z.enum(POOLS);

/** Who a consumer is and what it can run. */
export const consumerInfoSchema = z
  .object({
    /** Stays the same over restarts. */
    consumerId: idSchema,
    /** New with each start: attempts of earlier boots have no holder any more. */
    bootId: idSchema,
    /** The pools that it serves when all is well. */
    pools: z.array(poolSchema).max(POOLS.length).readonly(),
    /** How many GPUs it has. */
    gpus: z.int().min(0).max(MESSAGE_LIMITS.gpusMax),
    /** Why some of its pools get no work now, for people: "Docker is not reachable: ..."; a pool that is well is not named. */
    trouble: z.partialRecord(poolSchema, sentenceSchema).readonly(),
    /** The models in folders of its machine that it can run. */
    folderModels: folderModelsSchema.default([]),
  })
  .readonly();
export type ConsumerInfo = z.infer<typeof consumerInfoSchema>;
