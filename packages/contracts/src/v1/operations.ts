import { POOLS } from '@inference/domain';
import { z } from 'zod';
import { uidSchema } from '../lease.ts';

const pool = z.enum(POOLS);

export const consumerListSchema = z
  .object({
    items: z.array(
      z.object({
        id: z.string(),
        owner: z.string().nullable().meta({ description: 'Of the key that speaks for it; keys of others may not.' }),
        pools: z.array(pool),
        gpus: z.int().min(0),
        trouble: z.partialRecord(pool, z.string()).meta({ description: 'Why some of its pools get no work now.' }),
        running: z.int().min(0).meta({ description: 'Tasks that it runs.' }),
        seen_at: z.iso.datetime(),
      }),
    ),
  })
  .meta({ description: 'The consumers that said hello, the newest sign of life first.' });
export type ConsumerView = z.infer<typeof consumerListSchema>['items'][number];

export const queueSchema = z
  .object({
    pools: z.array(
      z.object({
        pool,
        queued: z.int().min(0),
        running: z.int().min(0),
        oldest_queued_seconds: z.number().min(0).nullable(),
        consumers: z.int().min(0).meta({ description: 'Consumers that serve the pool.' }),
      }),
    ),
  })
  .meta({ description: 'What waits and what runs, by pool.' });
export type QueueView = z.infer<typeof queueSchema>;

export const gpuListSchema = z
  .object({
    items: z.array(
      z.object({
        uuid: z.string(),
        name: z.string(),
        consumer: z.string(),
        memory_bytes: z.int().min(0),
        kind: z.enum(['gpu', 'mig']),
        trouble: z.string().nullable().meta({ description: 'Why it is given to nobody now. Null: it is well.' }),
        task: uidSchema.nullable().meta({ description: 'The task that holds it, where you may see that.' }),
        held_since: z.iso.datetime().nullable(),
        consumer_seen_at: z.iso.datetime(),
      }),
    ),
  })
  .meta({ description: 'The GPUs of all consumers that are known, and who holds them.' });
export type GpuView = z.infer<typeof gpuListSchema>['items'][number];
