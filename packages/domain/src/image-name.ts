/** Docker Hub, which names without a registry mean. */
const HUB = 'docker.io';
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

/** Whether a name says exactly which image it means. */
export function isPinned(image: string): boolean {
  return isImageId(image) || image.includes('@sha256:');
}

/** The `name@sha256:...` among an image's digests that belongs to the name it was asked by, or null. */
export function digestOf(image: string, repoDigests: readonly string[]): string | null {
  const wanted = repositoryOf(image);
  return repoDigests.find((each) => repositoryOf(each) === wanted) ?? null;
}

/** The registry of an image, with its port: Docker Hub's where the name has none. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  // A first part is a registry only where it cannot be a group of Docker Hub.
  if (rest.length === 0 || !(/[.:]/.test(first) || first === 'localhost')) return HUB;
  return first === `index.${HUB}` ? HUB : first;
}

/** The whole name of an image without tag and digest, registry first: `docker.io/library/busybox`. An id stays as it is. */
export function repositoryOf(image: string): string {
  if (isImageId(image)) return image;
  const name = image.split('@')[0] ?? '';
  const at = tagAt(name);
  const untagged = at < 0 ? name : name.slice(0, at);
  const registry = registryOf(untagged);
  if (registry !== HUB) return untagged;
  const path = untagged.replace(/^(?:index\.)?docker\.io\//, '');
  return `${HUB}/${path.includes('/') ? path : `library/${path}`}`;
}

/** Where the tag's colon is; a colon before the last slash belongs to a port. */
function tagAt(name: string): number {
  const at = name.lastIndexOf(':');
  return at > name.lastIndexOf('/') ? at : -1;
}
