import { z } from 'zod';
import { savedText } from './saved-text.ts';
import { SCOPES } from './scope.ts';
import { V1_LIMITS } from './v1-limits.ts';

/** Owners that the server gives itself: a key for one of them would reach what is not its own. */
const RESERVED_OWNERS: readonly string[] = ['admin', 'anonymous', 'consumer', 'local', 'server'];

const time = z.iso.datetime({ offset: true });
const ownerSchema = z
  .string()
  .max(V1_LIMITS.ownerCharsMax)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._@-]*$/, 'may have letters, digits and . _ @ -, and begins with a letter or digit')
  .refine((owner) => !RESERVED_OWNERS.includes(owner.toLowerCase()), `may not be one of ${RESERVED_OWNERS.join(', ')}`)
  .meta({ description: 'Whose tasks it reaches. Several keys may have the same owner.' });
const nameSchema = savedText(V1_LIMITS.keyNameCharsMax)
  .min(1)
  .regex(/^\P{Cc}*$/u, 'may have no control characters');
/** The last moment that is written with four digits for the year. */
const EXPIRES_MS_MAX = Date.UTC(9999, 11, 31);
const expirySchema = time.refine((text) => {
  const ms = Date.parse(text);
  // What is no time at all is refused as that.
  return Number.isNaN(ms) || (ms > 0 && ms <= EXPIRES_MS_MAX);
}, 'is not a time between 1970 and 9999');
const scopesSchema = z.array(z.enum(SCOPES)).min(1).max(SCOPES.length);
const least = (most: number) => z.int().min(1).max(most).nullable();

const limitsShape = {
  requests_per_minute: least(V1_LIMITS.keyRequestsPerMinuteMax).meta({ description: 'In each private API process; more get 429.' }),
  upload_bytes: least(V1_LIMITS.keyUploadBytesMax).meta({ description: 'Of one zip; of plain files, once zipped.' }),
  queued_tasks: least(V1_LIMITS.keyQueuedTasksMax).meta({ description: 'Of its owner; one more is refused with 429.' }),
  running_tasks: least(V1_LIMITS.quotaTasksMax).meta({ description: 'Of its owner; the others wait for their turn.' }),
};
const limitsSchema = z.object(limitsShape).meta({ description: 'Null: none.' });

const keyShape = {
  prefix: z.string().meta({ description: 'The 8 characters after `isk_`: they name the key, and are no secret.' }),
  owner: z.string(),
  name: z.string(),
  scopes: scopesSchema,
  limits: limitsSchema,
  created_at: time,
  created_by: z.string(),
  expires_at: time.nullable(),
  revoked_at: time.nullable(),
  last_used_at: time.nullable().meta({ description: 'To the minute.' }),
  old_secret_until: time.nullable().meta({ description: 'After a rotation: until when the secret before it works.' }),
};

export const keySchema = z.object(keyShape).meta({ description: 'A key, without its secret.' });
export type KeyView = z.infer<typeof keySchema>;

export const keyPageSchema = z.object({ items: z.array(keySchema), next_cursor: z.string().nullable() });

export const shownKeySchema = z
  .object({ ...keyShape, secret: z.string().meta({ description: 'The key itself. It is shown this once, and kept nowhere.' }) })
  .meta({ description: 'A key with its secret.' });
export type ShownKey = z.infer<typeof shownKeySchema>;

export const newKeySchema = z
  .strictObject({
    owner: ownerSchema,
    name: nameSchema.meta({ description: 'What it is for.' }),
    scopes: scopesSchema,
    expires_at: expirySchema.nullable().default(null),
    limits: z.strictObject(limitsShape).partial().default({}),
  })
  .meta({ description: 'A key to make.' });
export type NewKey = z.infer<typeof newKeySchema>;
/** The same as clients write it: what has a default may be left out. */
export type KeyWish = z.input<typeof newKeySchema>;

export const keyChangeSchema = z
  .strictObject({
    name: nameSchema,
    scopes: scopesSchema,
    expires_at: expirySchema.nullable().meta({ description: 'Null: never.' }),
    limits: z.strictObject(limitsShape).partial(),
  })
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'there is nothing to change')
  .meta({ description: 'What is to change of a key; what is left out stays.' });
export type KeyChange = z.infer<typeof keyChangeSchema>;

export const rotationSchema = z
  .strictObject({
    grace_seconds: z
      .int()
      .min(0)
      .max(V1_LIMITS.graceSecondsMax)
      .default(V1_LIMITS.graceSecondsDefault)
      .meta({ description: 'How long the secret of now still works, beside the new one.' }),
  })
  .meta({ description: 'How a key changes its secret.' });

export const meSchema = z
  .object({
    owner: z.string(),
    key: z
      .string()
      .nullable()
      .meta({ description: 'The prefix of the key; null for a configured key, and on the machine itself without one.' }),
    name: z.string().nullable(),
    scopes: z.array(z.enum(SCOPES)),
    limits: limitsSchema,
    expires_at: time.nullable().meta({ description: 'When the key ends; null: never.' }),
  })
  .meta({ description: 'Who is asking.' });
export type Me = z.infer<typeof meSchema>;
