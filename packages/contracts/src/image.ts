import { z } from 'zod';
import { MESSAGE_LIMITS } from './message-limits.ts';

/** The name of a container image, or the digest that pins one. */
export const imageSchema = z
  .string()
  .min(1)
  .max(MESSAGE_LIMITS.imageCharsMax)
  .regex(/^[^\s\p{C}]+$/u, 'is not the name of an image');

/** The body and the answer of pinning an image. */
export const pinnedImageSchema = z.object({ image: imageSchema });
