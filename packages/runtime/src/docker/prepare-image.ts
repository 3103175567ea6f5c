import { digestOf, isImageId, isImageName, isPinned } from '@inference/domain';
import type { Prepared, RunOrder } from '../model-runtime.ts';
import { type Daemon, DaemonFault } from './daemon.ts';
import { type ImagePolicy, refusedByPolicy } from './image-policy.ts';
import { lookAtImage } from './look-at-image.ts';
import { type PullOptions, pullImage } from './pull-image.ts';

/** Makes an order's image present and says what to pin: `name@sha256:...` where it has one for its name, else its id. */
export async function prepareImage({ model, pinnedImage }: RunOrder, options: PullOptions & { images: ImagePolicy }): Promise<Prepared> {
  if (model.source.kind !== 'image') {
    const reason = 'The model is a folder on a consumer of its own: it does not run as a container.';
    return { kind: 'failed', failure: { class: 'invalid_model', reason } };
  }
  const image = pinnedImage ?? model.source.image;
  // The name becomes part of an address of the engine's API.
  if (!isImageName(image)) {
    const reason = `"${image}" is not the name of an image: register the model with one such as "registry.example/group/name:tag".`;
    return { kind: 'failed', failure: { class: 'image_unavailable', reason } };
  }
  // What an earlier attempt has pinned is checked, too: a consumer with another list may have pinned it.
  const refused = refusedByPolicy(model.source.image, options.images) ?? (isImageId(image) ? null : refusedByPolicy(image, options.images));
  if (refused !== null) return { kind: 'failed', failure: refused };
  try {
    if (isImageId(image) && options.images.idsNeedName === true && !(await hasAllowedName(image, options))) {
      return { kind: 'failed', failure: { class: 'image_unavailable', reason: NAMELESS } };
    }
    const found = await pinOf(image, options.daemon);
    const isWanted = found === null || (options.images.pull === 'always' && !isPinned(image));
    if (!isWanted) return { kind: 'ready', image: pinnedImage ?? found };
    if (found === null && isImageId(image))
      return { kind: 'failed', failure: { class: 'infrastructure', reason: notHere(model.source.image) } };
    if (options.images.pull === 'never') return { kind: 'failed', failure: { class: 'image_unavailable', reason: neverPulled(image) } };
    const failure = await pullImage(image, options);
    if (failure !== null) return { kind: 'failed', failure };
    const pulled = await pinOf(image, options.daemon);
    if (pulled !== null) return { kind: 'ready', image: pinnedImage ?? pulled };
    return { kind: 'failed', failure: { class: 'infrastructure', reason: `The image "${image}" was pulled, but is gone again.` } };
  } catch (error) {
    if (!(error instanceof DaemonFault)) throw error;
    return { kind: 'failed', failure: { class: 'infrastructure', reason: error.message } };
  }
}

const NAMELESS =
  'The image that an earlier attempt of the task ran with has no name on this machine any more that may run here (IMAGES_ALLOWED of the launcher).';

/** Whether an image may run by one of the names that it has here. One that is not here is refused later, in words of its own. */
async function hasAllowedName(id: string, { daemon, images }: { daemon: Daemon; images: ImagePolicy }): Promise<boolean> {
  if (images.allowed === null) return true;
  const found = await lookAtImage(id, daemon);
  const names = [...(found?.RepoTags ?? []), ...(found?.RepoDigests ?? [])];
  return found === null || names.some((name) => refusedByPolicy(name, images) === null);
}

async function pinOf(image: string, daemon: Daemon): Promise<string | null> {
  const found = await lookAtImage(image, daemon);
  return found === null ? null : (digestOf(image, found.RepoDigests ?? []) ?? found.Id);
}

function neverPulled(image: string): string {
  return `This machine does not have the image "${image}", and pulls none (PULL_POLICY=never): load it there, with "docker load" say.`;
}

function notHere(image: string): string {
  return `This machine does not have the very image "${image}" that an earlier attempt of the task ran with; it came from no registry.`;
}
