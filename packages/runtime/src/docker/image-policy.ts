import type { Failure } from '@inference/domain';
import { isImageAllowed } from '@inference/domain';

/** When an image is pulled: where this machine does not have it, before each task that does not name it by its digest, or never. */
export const PULL_POLICIES = ['missing', 'always', 'never'] as const;
export type PullPolicy = (typeof PULL_POLICIES)[number];

/** Which images run here, and how they are had. */
export type ImagePolicy = {
  /** Beginnings of names, registry first: `registry.example/group/`; null: any image. */
  readonly allowed: readonly string[] | null;
  readonly pull: PullPolicy;
  /** A file as `docker login` writes it; null: registries are asked without a login. */
  readonly authFile: string | null;
  /**
   * Whether an image that is asked for by its id must have a name here that is allowed: else whoever may name an id may run any image of this
   * machine. Left out: the name that came with the id is believed.
   */
  readonly idsNeedName?: boolean;
};

export const ANY_IMAGE: ImagePolicy = { allowed: null, pull: 'missing', authFile: null };

/** Why an image may not run here, or null where it may. An id names no registry: it may where any image may. */
export function refusedByPolicy(image: string, { allowed }: ImagePolicy): Failure | null {
  if (allowed === null || isImageAllowed(image, allowed)) return null;
  const reason = `The image "${image}" may not run here: this consumer takes images from ${allowed.join(', ')} only (IMAGES_ALLOWED).`;
  return { class: 'image_unavailable', reason };
}
