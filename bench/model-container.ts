import { MODEL_LIMITS, type ModelLimits } from '@inference/domain';
// The product's own settings, so that what is measured is what tasks get. Nobody else needs them from outside.
import { containerSettings } from '../packages/runtime/src/docker/container-settings.ts';
import { MODEL_UID } from '../packages/runtime/src/model-user.ts';

type Folders = { readonly input: string; readonly output: string };

/** The container of a task, as the Docker runtime makes it. */
export function modelContainer(image: string, folders: Folders, options: { limits?: Partial<ModelLimits>; cpusPerSlot: number }) {
  const { limits = {}, cpusPerSlot } = options;
  const model = {
    uid: 'bench',
    humanReadableId: 'bench',
    source: { kind: 'image', image },
    useGpu: false,
    zip: null,
    loosened: [],
    limits: { ...MODEL_LIMITS, ...limits },
  } as const;
  const order = { taskUid: 'bench', attempt: 1, model, pinnedImage: null, gpuUuids: [], folders: { ...folders, model: null } };
  const user = { uid: MODEL_UID, gid: MODEL_UID };
  // Engines whose own limit on open files is lower refuse ours; then the product does without it, too.
  return containerSettings(order, image, {
    installationId: 'bench',
    user,
    setOpenFiles: false,
    cpusPerSlot,
    cores: cpusPerSlot + 1,
    volumes: [],
  });
}
