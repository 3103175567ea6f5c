import { UID_PATTERN } from '@inference/domain';
import { z } from 'zod';

/** What the database can count attempts up to. */
const ATTEMPT_MAX = 2 ** 31 - 1;

export const uidSchema = z.string().regex(UID_PATTERN, 'is not a uid: 43 letters, digits, dashes and underscores');

export const leaseShape = { taskUid: uidSchema, attempt: z.int().min(1).max(ATTEMPT_MAX), token: uidSchema };

/** Names an attempt and proves the right to it; every write carries it. */
export const leaseSchema = z.object(leaseShape).readonly();
export type Lease = z.infer<typeof leaseSchema>;
