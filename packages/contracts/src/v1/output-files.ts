import { z } from 'zod';

/** The entries of an output. */
export const outputFilesSchema = z
  .object({
    entries: z.int().min(0),
    items: z.array(z.object({ path: z.string(), bytes: z.int().min(0), is_folder: z.boolean() })),
    truncated: z.boolean().meta({ description: 'There are more than are listed: get the zip.' }),
  })
  .meta({ description: 'What is in the output zip of a task.' });
export type OutputFiles = z.infer<typeof outputFilesSchema>;
