import { TASK_STATES } from '@inference/domain';
import { z } from 'zod';
import { uidSchema } from '../lease.ts';

const time = z.iso.datetime();

/** Why a task waits, and what would change that. */
export const explanationSchema = z
  .object({
    task: uidSchema,
    state: z.enum(TASK_STATES),
    reason: z.string().meta({ description: 'Why it is where it is, in a sentence.' }),
    position: z
      .int()
      .min(1)
      .nullable()
      .meta({ description: 'Whose turn it is, counted from 1, owners taking turns. Null where it does not wait, or is far behind.' }),
    blocker: z
      .enum(['slot', 'held', 'reserved', 'impossible', 'labels', 'draining', 'quarantined', 'queue', 'quota', 'backoff', 'consumer'])
      .nullable()
      .meta({
        description:
          '`slot`: all slots are busy; `held`: others hold what it needs; `reserved`: it fits, and would delay an older one; `impossible`, `labels`: no machine has it; `draining`, `quarantined`: machines or devices that have it are out of use; `queue`: it was not looked at yet; `quota`: only so many may run; `backoff`: it is tried again later; `consumer`: nobody serves it.',
      }),
    machine: z.string().nullable().meta({ description: 'The consumer where it can start soonest.' }),
    held_by: z.array(uidSchema).meta({ description: 'Tasks that hold what it needs there; those of others only for admins.' }),
    starts_by: time.nullable().meta({ description: 'When it starts at the latest, as far as time limits tell.' }),
    expected_start: time.nullable().meta({ description: 'When it starts if all take as long as their models usually do.' }),
    sooner: z.array(z.string()).meta({ description: 'Changes with which it would start now, in sentences.' }),
  })
  .meta({ description: 'Why a task waits.' });
export type Explanation = z.infer<typeof explanationSchema>;
