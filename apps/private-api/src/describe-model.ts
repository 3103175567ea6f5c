import type { ModelRow } from './store/model-store.ts';

/** A model as the legacy routes show it: the original's keys, and no path of the server. */
export function describeModel(model: ModelRow) {
  return {
    id: model.id,
    uid: model.uid,
    human_readable_id: model.humanReadableId,
    description: model.description,
    container_tag: model.image,
    use_gpu: model.useGpu,
    model_available: model.zipKey !== null,
    model_volume_id: model.zipKey === null ? null : model.uid,
    model_zip: model.zipName,
  };
}
