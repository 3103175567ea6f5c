import { z } from 'zod';
import { MESSAGE_LIMITS } from './message-limits.ts';
import { sentenceSchema, storable } from './sentence.ts';

export const deviceUuidSchema = z
  .string()
  .max(MESSAGE_LIMITS.deviceUuidCharsMax)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:/-]*$/, 'is not the UUID of a device');

/** A GPU, or a part of one that the card itself keeps apart (MIG). */
const deviceSchema = z
  .object({
    uuid: deviceUuidSchema,
    /** As the driver calls it, for people. */
    name: z.string().max(MESSAGE_LIMITS.nameCharsMax).overwrite(storable),
    memoryBytes: z.int().min(0),
    kind: z.enum(['gpu', 'mig']),
    /** The link groups that it is in, from the nearest to the widest, such as NVLink, switch, socket. */
    groups: z.array(z.string().max(MESSAGE_LIMITS.nameCharsMax)).max(MESSAGE_LIMITS.groupsMax).readonly(),
    /** Why it is given to nobody now, for people; null: it is well. */
    trouble: sentenceSchema.nullable(),
  })
  .readonly();
export type DeviceInfo = z.infer<typeof deviceSchema>;

const labelText = z.string().min(1).max(MESSAGE_LIMITS.nameCharsMax).overwrite(storable);

/** What a consumer's machine has for models, in use or not. */
export const nodeSchema = z
  .object({
    /** The admin's own names and values, such as `site: b2`: tasks can ask for them. */
    labels: z
      .record(labelText, labelText)
      .refine((labels) => Object.keys(labels).length <= MESSAGE_LIMITS.nodeLabelsMax, `at most ${MESSAGE_LIMITS.nodeLabelsMax} labels`),
    /** Thousandths of a CPU, and bytes. */
    capacity: z
      .object({
        cpuMillis: z.int().min(0),
        memoryBytes: z.int().min(0),
        shmBytes: z.int().min(0),
        scratchBytes: z.int().min(0),
      })
      .readonly(),
    devices: z
      .array(deviceSchema)
      .max(MESSAGE_LIMITS.gpusMax)
      .refine((devices) => new Set(devices.map(({ uuid }) => uuid)).size === devices.length, 'two have the same UUID')
      .readonly(),
  })
  .readonly();
export type NodeInfo = z.infer<typeof nodeSchema>;
