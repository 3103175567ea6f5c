/** An image's name is at most this long, in characters. */
const NAME_CHARS_MAX = 400;
/** `[registry[:port]/]path[:tag][@sha256:...]`, in lower case but for the registry and the tag. */
const NAME =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d+)?\/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/;

/** Whether a text can be the name or the id of an image at all. */
export function isImageName(image: string): boolean {
  return image.length <= NAME_CHARS_MAX && (isImageId(image) || NAME.test(image));
}

/** The name as the engine's pull wants it: without a tag it would pull every tag there is. */
export function withTag(image: string): string {
  if (image.includes('@')) return image;
  return tagAt(image) < 0 ? `${image}:latest` : image;
}

/** Whether it is the id of an image on one machine, which no registry knows. */
export function isImageId(image: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(image);
}

/** The `name@sha256:...` among an image's digests that belongs to the name it was asked by, or null. */
export function digestOf(image: string, repoDigests: readonly string[]): string | null {
  const wanted = repository(image);
  return repoDigests.find((each) => repository(each) === wanted) ?? null;
}

function repository(image: string): string {
  const name = image.split('@')[0] ?? '';
  const at = tagAt(name);
  return (at < 0 ? name : name.slice(0, at)).replace(/^(index\.)?docker\.io\//, '').replace(/^library\//, '');
}

/** Where the tag's colon is; a colon before the last slash belongs to a port. */
function tagAt(name: string): number {
  const at = name.lastIndexOf(':');
  return at > name.lastIndexOf('/') ? at : -1;
}
