import { MODEL_ID_PATTERN } from '@inference/domain';
import { z } from 'zod';
import { MESSAGE_LIMITS } from './message-limits.ts';
import { sentenceSchema, storable } from './sentence.ts';

const nameSchema = z
  .string()
  .regex(MODEL_ID_PATTERN, 'must be 1 to 128 letters, digits, ".", "_" or "-", and begin with a letter or digit');

/**
 * A model that lies in a folder on a consumer's own disk. What runs is in that folder: no command is ever part of a message, so whoever
 * speaks for a consumer can name a folder, and nothing else.
 */
const folderModelSchema = z
  .object({
    humanReadableId: nameSchema,
    description: sentenceSchema,
    /** The container image of the same model, as it is shown to people; it is not run. */
    image: z.string().min(1).max(MESSAGE_LIMITS.imageCharsMax).overwrite(storable),
    /** The name of its folder, directly below the folder of models. */
    folder: nameSchema,
  })
  .readonly();
export type FolderModel = z.infer<typeof folderModelSchema>;

/** The folder models of one consumer. A consumer that is older names none. */
export const folderModelsSchema = z
  .array(folderModelSchema)
  .max(MESSAGE_LIMITS.folderModelsMax)
  .refine((models) => new Set(models.map(({ humanReadableId }) => humanReadableId)).size === models.length, 'two have the same id')
  .readonly();
