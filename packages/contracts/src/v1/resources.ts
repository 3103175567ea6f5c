import { z } from 'zod';
import { MESSAGE_LIMITS } from '../message-limits.ts';
import { savedText } from './saved-text.ts';

const MIB = 1024 * 1024;
const BYTES_MAX = 4_194_304 * MIB;
const CPUS_MAX = 4_096;
const bytes = z.int().min(0).max(BYTES_MAX);
const labelText = savedText(MESSAGE_LIMITS.nameCharsMax).min(1);

/** What a task asks for of one machine, all of it at once; what is left out is none, or for a GPU model one GPU. */
export const resourcesSchema = z
  .strictObject({
    gpus: z
      .union([z.int().min(1).max(MESSAGE_LIMITS.gpusMax), z.literal('all')])
      .meta({ description: 'So many whole GPUs of one machine; `all`: as many as the largest machine in question has.' }),
    gpu_memory_bytes: bytes.meta({ description: 'Of each GPU, at least.' }),
    cpus: z.number().min(0).max(CPUS_MAX).meta({ description: 'Processor cores that are kept for it, parts of one too.' }),
    memory_bytes: bytes.meta({ description: 'Memory that is kept for it. How much it may use is a limit of the model.' }),
    shm_bytes: bytes,
    scratch_bytes: bytes.meta({ description: 'Room on the disk of the machine.' }),
    node_labels: z
      .record(labelText, labelText)
      .refine((labels) => Object.keys(labels).length <= MESSAGE_LIMITS.nodeLabelsMax, `at most ${MESSAGE_LIMITS.nodeLabelsMax} labels`)
      .meta({ description: 'Labels that the machine must have, as the admin gave them (NODE_LABELS).' }),
  })
  .partial()
  .meta({ description: 'What a task asks for of the machine that runs it.' });
export type TaskResources = z.infer<typeof resourcesSchema>;
