import type { SentOrder } from '../launcher/launcher-protocol.ts';
import type { RunOrder } from '../model-runtime.ts';

/** An order for a container as an honest consumer would send it to its launcher, without GPUs. */
export function sentOrder({ taskUid, attempt, model, folders }: RunOrder): SentOrder {
  const image = model.source.kind === 'image' ? model.source.image : '';
  return { taskUid, attempt, image, pinnedImage: null, folders, gpuUuids: [], loosened: [], limits: model.limits };
}
