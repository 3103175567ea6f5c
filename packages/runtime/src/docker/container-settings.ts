import type { ModelSpec } from '@inference/domain';
import type Docker from 'dockerode';
import type { RunOrder } from '../model-runtime.ts';
import type { ModelUser } from '../model-user.ts';
import { attemptLabels } from './labels.ts';

/** What is kept of a container's output for `docker logs`: two files of this size. The user's log does not come from there. */
const LOG_FILES = { size: '5m', count: '2' } as const;
const OPEN_FILES_MAX = 65_536;

/** The home folder in every container: in memory, because the root file system cannot be written. */
const HOME = '/home/model';

/** Where libraries keep what they compile or download: without these they write to where they cannot. */
const CACHES = {
  XDG_CACHE_HOME: `${HOME}/.cache`,
  XDG_CONFIG_HOME: `${HOME}/.config`,
  MPLCONFIGDIR: `${HOME}/.cache/matplotlib`,
  NUMBA_CACHE_DIR: `${HOME}/.cache/numba`,
  TORCH_HOME: `${HOME}/.cache/torch`,
  TORCHINDUCTOR_CACHE_DIR: `${HOME}/.cache/torchinductor`,
  TRITON_CACHE_DIR: `${HOME}/.cache/triton`,
  HF_HOME: `${HOME}/.cache/huggingface`,
  CUDA_CACHE_PATH: `${HOME}/.cache/nv`,
  PYTHONPYCACHEPREFIX: `${HOME}/.cache/python`,
} as const;

const FOLDERS = { INPUT_DIR: '/input', OUTPUT_DIR: '/output', MODEL_DIR: '/model' } as const;

/**
 * The whole container of an attempt: closed unless the model's registration loosens something. The volumes are described in
 * it, so that one call makes all.
 */
export function containerSettings(
  order: RunOrder,
  image: string,
  { installationId, user, setOpenFiles }: { installationId: string; user: ModelUser; setOpenFiles: boolean },
): Docker.ContainerCreateOptions {
  const { model } = order;
  const loose = new Set(model.loosened);
  return {
    Image: image,
    ...(loose.has('image-user') ? {} : { User: `${user.uid}:${user.gid}` }),
    Env: Object.entries({ HOME, ...CACHES, ...FOLDERS }).map(([name, value]) => `${name}=${value}`),
    Labels: attemptLabels(installationId, order),
    // An image's own health check would run beside the model for nothing.
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      NetworkMode: loose.has('network') ? 'bridge' : 'none',
      ...(loose.has('capabilities') ? {} : { CapDrop: ['ALL'] }),
      ...(loose.has('new-privileges') ? {} : { SecurityOpt: ['no-new-privileges'] }),
      ReadonlyRootfs: !loose.has('writable-root'),
      Tmpfs: { '/tmp': tmpfs(model), [HOME]: tmpfs(model) },
      Mounts: volumes(order, installationId),
      IpcMode: 'private',
      ShmSize: model.limits.shmBytes,
      Memory: model.limits.memoryBytes,
      // Memory and swap together: the same number means no swap.
      MemorySwap: model.limits.memoryBytes,
      PidsLimit: model.limits.pidsMax,
      Ulimits: [
        ...(setOpenFiles ? [{ Name: 'nofile', Soft: OPEN_FILES_MAX, Hard: OPEN_FILES_MAX }] : []),
        { Name: 'core', Soft: 0, Hard: 0 },
      ],
      LogConfig: { Type: 'json-file', Config: { 'max-size': LOG_FILES.size, 'max-file': LOG_FILES.count } },
      Init: true,
      RestartPolicy: { Name: 'no' },
      ...gpus(order),
    },
  };
}

/** `exec`: libraries compile code there and load it. The size counts as memory of the container. */
function tmpfs(model: ModelSpec): string {
  return `rw,exec,nosuid,nodev,mode=1777,size=${Math.floor(model.limits.memoryBytes / 2)}`;
}

function volumes(order: RunOrder, installationId: string): Docker.MountSettings[] {
  const { folders } = order;
  const model = folders.model === null ? [] : [volume(order, installationId, { name: 'model', folder: folders.model, readOnly: true })];
  return [
    volume(order, installationId, { name: 'input', folder: folders.input, readOnly: true }),
    volume(order, installationId, { name: 'output', folder: folders.output, readOnly: false }),
    ...model,
  ];
}

/**
 * A named volume whose data is a folder of ours. `nosuid,nodev` hold for the engine's own mount of a read-only one; its driver
 * ignores them for a writable one, and its runtime leaves them out inside the container. There no-new-privileges and the lack
 * of capabilities stand in, and on the host the closed work folder (0700).
 */
function volume(
  order: RunOrder,
  installationId: string,
  { name, folder, readOnly }: { name: string; folder: string; readOnly: boolean },
): Docker.MountSettings {
  return {
    Type: 'volume',
    Source: `inference-${installationId}-${order.taskUid}-${order.attempt}-${name}`,
    Target: `/${name}`,
    ReadOnly: readOnly,
    VolumeOptions: {
      // Nothing of the image is copied into the folder.
      NoCopy: true,
      Labels: attemptLabels(installationId, order),
      DriverConfig: { Name: 'local', Options: { type: 'none', o: readOnly ? 'bind,ro,nosuid,nodev' : 'bind', device: folder } },
    },
  } as Docker.MountSettings;
}

/** By id, never by count: a count always means the first ones, which another attempt may hold. */
function gpus({ gpuUuids }: RunOrder): Pick<Docker.HostConfig, 'DeviceRequests'> {
  if (gpuUuids.length === 0) return {};
  return { DeviceRequests: [{ DeviceIDs: [...gpuUuids], Capabilities: [['gpu']] }] };
}
