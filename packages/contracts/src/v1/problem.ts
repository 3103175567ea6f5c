import { z } from 'zod';

/** A refusal, as RFC 9457 words it. */
export const problemSchema = z
  .object({
    type: z.string().meta({ description: 'Where the code is explained.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().meta({ description: 'What was wrong, the limit, and what to do.' }),
    instance: z.string(),
    code: z.string().meta({ description: 'Stable, for programs.' }),
    request_id: z.string(),
    errors: z.array(z.object({ pointer: z.string(), message: z.string() })).meta({ description: 'The wrong fields of the request.' }),
  })
  .meta({ description: 'Why a request was refused.' });
export type Problem = z.infer<typeof problemSchema>;
