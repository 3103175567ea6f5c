import { z } from 'zod';
import { limitsSchema, modelIdSchema } from './model.ts';

const bytes = z.int().min(0).nullable();
const seconds = z.number().min(0).nullable();

/** What one attempt used. */
export const attemptUsageSchema = z.object({
  memory_peak_bytes: bytes,
  cpu_seconds: seconds,
  gpu_memory_peak_bytes: bytes,
  output_bytes: bytes.meta({ description: 'What it left in /output, unpacked.' }),
  run_seconds: seconds,
});

const spread = z.object({ p50: z.number(), p95: z.number(), max: z.number() }).nullable();

/** What the newest attempts of a model used. */
export const modelUsageSchema = z
  .object({
    model: modelIdSchema,
    attempts: z.int().min(0).meta({ description: 'How many attempts are counted: the newest 1000 at most of those that did well.' }),
    memory_peak_bytes: spread,
    cpu_seconds: spread,
    gpu_memory_peak_bytes: spread,
    output_bytes: spread,
    run_seconds: spread,
    limits: limitsSchema.meta({ description: 'What the model may use now.' }),
  })
  .meta({ description: 'What a model uses. Null: of no attempt it is known.' });
export type ModelUsageView = z.infer<typeof modelUsageSchema>;
