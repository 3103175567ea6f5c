import { isImageAllowed } from '@inference/domain';
import type { Settings } from './settings.ts';

/** What is wrong with the image of a model to be, as words after its name in a refusal; null where it may be used here. */
export function refusedImage(image: string, { imagesAllowed }: Pick<Settings, 'imagesAllowed'>): string | null {
  if (imagesAllowed === null || isImageAllowed(image, imagesAllowed)) return null;
  return `is not allowed here: images come from ${imagesAllowed.join(', ')} only (IMAGES_ALLOWED)`;
}
