import { POOLS } from '@inference/domain';
import { z } from 'zod';
import { folderModelsSchema } from './folder-model.ts';
import { leaseShape } from './lease.ts';
import { MESSAGE_LIMITS } from './message-limits.ts';
import { nodeSchema } from './node.ts';
import { sentenceSchema } from './sentence.ts';

const idSchema = z
  .string()
  .max(MESSAGE_LIMITS.idCharsMax)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'may have letters, digits, dots, dashes and underscores, and begins with a letter or digit');
const poolSchema = z.enum(POOLS);
const heldSchema = z.object({ taskUid: leaseShape.taskUid, attempt: leaseShape.attempt }).readonly();

/** Who a consumer is and what it can run. */
export const consumerInfoSchema = z
  .object({
    /** Stays the same over restarts. */
    consumerId: idSchema,
    /** New with each start: attempts of earlier boots have no holder any more, but for those in `holding`. */
    bootId: idSchema,
    /** The pools that it serves when all is well. */
    pools: z.array(poolSchema).max(POOLS.length).readonly(),
    /** How many GPUs it has. */
    gpus: z.int().min(0).max(MESSAGE_LIMITS.gpusMax),
    /** What its machine has for models. Null: it is older and does not say; it gets nothing that asks for a GPU or for room. */
    node: nodeSchema.nullable().default(null),
    /** Attempts of those that it was asked about, of which nothing runs on its machine, nor will: their devices are free. */
    gone: z.array(heldSchema).max(MESSAGE_LIMITS.holdingMax).readonly().default([]),
    /** Why some of its pools get no work now, for people: "Docker is not reachable: ..."; a pool that is well is not named. */
    trouble: z.partialRecord(poolSchema, sentenceSchema).readonly(),
    /** The models in folders of its machine that it can run. */
    folderModels: folderModelsSchema.default([]),
    /** The attempts that it has in its hands: those of its earlier boots too, if it goes on with them. All others of these are over. */
    holding: z.array(heldSchema).max(MESSAGE_LIMITS.holdingMax).readonly().default([]),
  })
  .readonly();
export type ConsumerInfo = z.infer<typeof consumerInfoSchema>;
/** What a consumer says of itself: what it leaves out is as if it were older. */
export type ConsumerHello = z.input<typeof consumerInfoSchema>;

/**
 * What a consumer is told when it has said hello. `leftovers`: attempts of its earlier boots that hold devices and that it does not go on with, and
 * lost ones of this boot: the answer to their claim may never have been heard. It says `gone` of them once it has removed what its machine still had
 * of them. That it is asked by name is what keeps a hello of an earlier boot that comes late from giving away what the boot of now runs on.
 */
export const helloAnswerSchema = z
  .object({ leftovers: z.array(heldSchema).max(MESSAGE_LIMITS.holdingMax).readonly().default([]) })
  .readonly();
export type HelloAnswer = z.infer<typeof helloAnswerSchema>;
