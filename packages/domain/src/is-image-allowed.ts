import { repositoryOf } from './image-name.ts';

/**
 * Whether the name of an image is, or begins with, one of those allowed. An id names no registry: it is allowed where any image is.
 *
 * @param allowed beginnings of names, registry first: `registry.example/group/`; null: any image
 */
export function isImageAllowed(image: string, allowed: readonly string[] | null): boolean {
  if (allowed === null) return true;
  const name = repositoryOf(image);
  return allowed.some((start) => name === start || name.startsWith(start.endsWith('/') ? start : `${start}/`));
}
