import type { Usage } from '@inference/domain';
import { z } from 'zod';

const wholeNumber = z.int().min(0).nullable().catch(null);

/** What an attempt used. A number that cannot be is no reason to lose a report: it counts as not known. */
export const usageSchema: z.ZodType<Usage> = z.object({
  memoryPeakBytes: wholeNumber,
  // A thousand years of a machine with a thousand cores.
  cpuSeconds: z.number().min(0).max(3e13).nullable().catch(null),
  gpuMemoryPeakBytes: wholeNumber,
  outputBytes: wholeNumber,
  runMs: wholeNumber,
});
