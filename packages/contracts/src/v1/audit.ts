import { z } from 'zod';

const auditEntrySchema = z
  .object({
    at: z.iso.datetime(),
    actor: z
      .string()
      .meta({ description: 'An owner; `server` for what the server does by itself; empty for a caller whose key was refused.' }),
    key: z.string().nullable().meta({ description: 'The prefix of the key that was used.' }),
    action: z.string().meta({ description: 'Such as `key.made`, `model.changed` or `task.requeued`.' }),
    subject: z.string().meta({ description: "What it was done to: a model's id, a key's prefix, a task's id, an address." }),
    detail: z.record(z.string(), z.unknown()),
    request_id: z.string().nullable(),
  })
  .meta({ description: 'One thing that somebody did.' });
export type AuditEntry = z.infer<typeof auditEntrySchema>;

export const auditPageSchema = z.object({ items: z.array(auditEntrySchema), next_cursor: z.string().nullable() });
