import type { Prepared, RunOrder } from '../model-runtime.ts';
import { DAEMON_LIMITS_MS, type Daemon, DaemonFault } from './daemon.ts';
import { digestOf, isImageId, isImageName } from './image-name.ts';
import { type PullOptions, pullImage } from './pull-image.ts';

const NOT_FOUND = 404;

/** Makes an order's image present and says what to pin: `name@sha256:...` where it has one for its name, else its id. */
export async function prepareImage({ model, pinnedImage }: RunOrder, options: PullOptions): Promise<Prepared> {
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
  try {
    const found = await pinOf(image, options.daemon);
    if (found !== null) return { kind: 'ready', image: pinnedImage ?? found };
    if (isImageId(image)) return { kind: 'failed', failure: { class: 'infrastructure', reason: notHere(model.source.image) } };
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

async function pinOf(image: string, daemon: Daemon): Promise<string | null> {
  try {
    const { Id: id, RepoDigests: digests } = await daemon.call('look for an image', DAEMON_LIMITS_MS.look, (docker) =>
      docker.getImage(image).inspect(),
    );
    return digestOf(image, digests ?? []) ?? id;
  } catch (error) {
    if (error instanceof DaemonFault && error.status === NOT_FOUND) return null;
    throw error;
  }
}

function notHere(image: string): string {
  return `This machine does not have the very image "${image}" that an earlier attempt of the task ran with; it came from no registry.`;
}
