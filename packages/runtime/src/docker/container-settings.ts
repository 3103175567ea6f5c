import { posix } from 'node:path';
import type { ModelSpec } from '@inference/domain';
import type Docker from 'dockerode';
import type { RunOrder } from '../model-runtime.ts';
import type { ModelUser } from '../model-user.ts';
import { attemptLabels } from './labels.ts';

/** What is kept of a container's output for `docker logs`: two files of this size. The user's log does not come from there. */
const LOG_FILES = { size: '5m', count: '2' } as const;
const OPEN_FILES_MAX = 65_536;
/**
 * The weight of a model on a core that others want too; all that is no model has 1,024. A limit on cores alone does not keep a model off a
 * core: many processes run on all of them until it is used up. Beside 256 processes limited to one core of two, a neighbour limited to one core
 * took 1.34 of its time with equal weights, and takes 1.04 (`npm run bench -- --only neighbour`).
 */
const CPU_SHARES = 256;

/** Temporary files and the home folder in every container: in memory, because the root file system cannot be written. */
const SCRATCH = '/tmp';

/** Where libraries keep what they compile or download: without these they write to where they cannot. */
const CACHES = {
  XDG_CACHE_HOME: `${SCRATCH}/.cache`,
  XDG_CONFIG_HOME: `${SCRATCH}/.config`,
  MPLCONFIGDIR: `${SCRATCH}/.cache/matplotlib`,
  NUMBA_CACHE_DIR: `${SCRATCH}/.cache/numba`,
  TORCH_HOME: `${SCRATCH}/.cache/torch`,
  TORCHINDUCTOR_CACHE_DIR: `${SCRATCH}/.cache/torchinductor`,
  TRITON_CACHE_DIR: `${SCRATCH}/.cache/triton`,
  HF_HOME: `${SCRATCH}/.cache/huggingface`,
  CUDA_CACHE_PATH: `${SCRATCH}/.cache/nv`,
  PYTHONPYCACHEPREFIX: `${SCRATCH}/.cache/python`,
} as const;

const FOLDERS = { INPUT_DIR: '/input', OUTPUT_DIR: '/output', MODEL_DIR: '/model' } as const;

type Surroundings = {
  readonly installationId: string;
  readonly user: ModelUser;
  readonly setOpenFiles: boolean;
  /** For models that do not say how many processor cores they may use; null: all. */
  readonly cpusPerSlot: number | null;
  /** How many this machine has: the engine refuses more. */
  readonly cores: number;
  /** Folders that the image says are to be volumes. */
  readonly volumes: readonly string[];
};

/** The whole container of an attempt: closed unless the model's registration loosens something. */
export function containerSettings(
  order: RunOrder,
  image: string,
  { installationId, user, setOpenFiles, cpusPerSlot, cores, volumes }: Surroundings,
): Docker.ContainerCreateOptions {
  const { model } = order;
  const loose = new Set(model.loosened);
  return {
    Image: image,
    ...(loose.has('image-user') ? {} : { User: `${user.uid}:${user.gid}` }),
    Env: Object.entries({ HOME: SCRATCH, ...CACHES, ...FOLDERS, ...gpuEnvironment(order) }).map(([name, value]) => `${name}=${value}`),
    Labels: attemptLabels(installationId, order),
    // An image's own health check would run beside the model for nothing.
    Healthcheck: { Test: ['NONE'] },
    // An image may name another one for `docker stop` and for an engine that ends: these shall be heard as what they are (`SignalWatch`).
    StopSignal: 'SIGTERM',
    HostConfig: {
      NetworkMode: loose.has('network') ? 'bridge' : 'none',
      ...(loose.has('capabilities') ? {} : { CapDrop: ['ALL'] }),
      ...(loose.has('new-privileges') ? {} : { SecurityOpt: ['no-new-privileges'] }),
      ReadonlyRootfs: !loose.has('writable-root'),
      Tmpfs: { [SCRATCH]: tmpfs(model) },
      Mounts: [...mounts(order), ...(loose.has('writable-root') ? [] : imageVolumes(volumes, model))],
      IpcMode: 'private',
      ShmSize: model.limits.shmBytes,
      Memory: model.limits.memoryBytes,
      // Memory and swap together: the same number means no swap.
      MemorySwap: model.limits.memoryBytes,
      PidsLimit: model.limits.pidsMax,
      CpuShares: CPU_SHARES,
      ...cpus(model.limits.cpus ?? cpusPerSlot, cores),
      Ulimits: [
        ...(setOpenFiles ? [{ Name: 'nofile', Soft: OPEN_FILES_MAX, Hard: OPEN_FILES_MAX }] : []),
        { Name: 'core', Soft: 0, Hard: 0 },
        fileSize(model),
      ],
      LogConfig: { Type: 'json-file', Config: { 'max-size': LOG_FILES.size, 'max-file': LOG_FILES.count } },
      Init: true,
      RestartPolicy: { Name: 'no' },
      ...gpus(order),
    },
  };
}

/** A share of the processor, which holds also where the rest of the machine is idle: what a model takes does not depend on its neighbours. */
function cpus(count: number | null, cores: number): Pick<Docker.HostConfig, 'NanoCpus'> {
  return count === null || count >= cores ? {} : { NanoCpus: Math.round(count * 1e9) };
}

/** A file that was unlinked while it is written is seen by no look at /output: so much it can take at most. Files in memory count, too. */
function fileSize({ limits: { outputBytes, memoryBytes } }: ModelSpec): Docker.Ulimit {
  const bytes = Math.max(outputBytes, memoryBytes);
  return { Name: 'fsize', Soft: bytes, Hard: bytes };
}

/** `exec`: libraries compile code there and load it. The size counts as memory of the container. */
function tmpfs(model: ModelSpec): string {
  return `rw,exec,nosuid,nodev,mode=1777,size=${scratchBytes(model)}`;
}

function scratchBytes(model: ModelSpec): number {
  return Math.floor(model.limits.memoryBytes / 2);
}

/**
 * The attempt's own folders, mounted as they are (docs/decisions/0005). The engine offers no nosuid and nodev for them: no-new-privileges
 * and the lack of capabilities stand in inside the container, and the closed work folder (0700) on the host.
 */
function mounts({ folders }: RunOrder): Docker.MountSettings[] {
  const model = folders.model === null ? [] : [mount('model', folders.model, true)];
  return [mount('input', folders.input, true), mount('output', folders.output, false), ...model];
}

/**
 * What an image calls a volume lies in memory and is empty at first. Left to the engine, a model could write there on the engine's own disk,
 * without a limit; to write nothing there at all, the engine offers no way.
 */
function imageVolumes(folders: readonly string[], model: ModelSpec): Docker.MountSettings[] {
  const ours = [SCRATCH, ...Object.values(FOLDERS)];
  const theirs = new Set(folders.map((folder) => posix.resolve('/', folder)).filter((folder) => !ours.includes(folder)));
  const TmpfsOptions = { SizeBytes: scratchBytes(model), Mode: 0o1777 };
  return [...theirs].map((Target) => ({ Type: 'tmpfs', Source: '', Target, TmpfsOptions }) as Docker.MountSettings);
}

function mount(name: string, folder: string, readOnly: boolean): Docker.MountSettings {
  // Not recursive: should something be mounted below the folder, the model does not see it.
  return {
    Type: 'bind',
    Source: folder,
    Target: `/${name}`,
    ReadOnly: readOnly,
    BindOptions: { Propagation: 'rprivate', NonRecursive: true },
  } as Docker.MountSettings;
}

/** By id, never by count: a count always means the first ones, which another attempt may hold. */
function gpus({ gpuUuids }: RunOrder): Pick<Docker.HostConfig, 'DeviceRequests'> {
  if (gpuUuids.length === 0) return {};
  return { DeviceRequests: [{ DeviceIDs: [...gpuUuids], Capabilities: [['gpu']] }] };
}

/**
 * The numbers inside count from 0, whichever GPUs these are; NV_GPU is for old scripts. `void`: images of NVIDIA ask for all GPUs by themselves,
 * and where the engine's default runtime is NVIDIA's, a model without any would get them.
 */
function gpuEnvironment({ gpuUuids }: RunOrder): Readonly<Record<string, string>> {
  if (gpuUuids.length === 0) return { NVIDIA_VISIBLE_DEVICES: 'void' };
  const uuids = gpuUuids.join();
  return { NVIDIA_VISIBLE_DEVICES: uuids, NV_GPU: uuids, CUDA_VISIBLE_DEVICES: [...gpuUuids.keys()].join() };
}
