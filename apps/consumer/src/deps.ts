import type { ConsumerInfo, ControlPlane, FolderModel, NodeInfo } from '@inference/contracts';
import type { Disk } from '@inference/disk';
import type { Clock, NewId, OutputLimits, Pool } from '@inference/domain';
import type { TaskQueue } from '@inference/queue';
import type { ModelRuntime } from '@inference/runtime';
import type { Log } from '@inference/service';
import type { DeviceWatch } from './device-watch.ts';
import type { ModelFiles } from './model-files.ts';
import type { OutputDisks } from './output-disk/output-disks.ts';
import type { Zips } from './zips.ts';

/** What a consumer works with; made in `main.ts`. */
export type Deps = {
  readonly consumerId: string;
  readonly bootId: string;
  /** This start of the machine: what earlier processes have noted counts only within the same one. */
  readonly machineBootId: string;
  readonly control: ControlPlane;
  readonly queue: TaskQueue;
  readonly lanes: readonly Lane[];
  /** UUIDs of the GPUs of this machine that it may use. */
  readonly gpuUuids: readonly string[];
  /** Looks after these; null: there are none. */
  readonly devices: DeviceWatch | null;
  /** What the machine has for models now, with what is wrong with its GPUs. */
  readonly node: () => NodeInfo;
  /** What was wrong with pools when it was started, and stays so: why the GPUs could not be listed, say. */
  readonly trouble?: ConsumerInfo['trouble'];
  /** A folder of its own, 0700, that the runtimes can see under the same path. */
  readonly workFolder: string;
  readonly disk: Disk;
  /** Nothing is claimed while the disk of the work folder has less free, in bytes; null: 2 GiB, or 5 % where that is less. */
  readonly workFreeBytesMin: number | null;
  readonly zips: Zips;
  readonly modelFiles: ModelFiles;
  /** Models in folders of this machine that its process lane can run. */
  readonly folderModels: readonly FolderModel[];
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Log;
  readonly outputLimits: OutputLimits;
  readonly outputDisks: OutputDisks;
  readonly timing: Timing;
};

/** One pool as this consumer serves it. */
export type Lane = {
  readonly pool: Pool;
  /** Attempts that run at the same time. */
  readonly slots: number;
  readonly runtime: ModelRuntime;
};

export type Timing = {
  /** Between two renewals of a lease, in milliseconds. */
  readonly renewMs: number;
  /** An idle consumer asks for work so often, in case a ring was lost. */
  readonly idlePollMs: number;
  /** Runtimes are looked at so often. */
  readonly healthMs: number;
  /** Orphans are looked for so often. */
  readonly sweepMs: number;
  /** While draining, running attempts may go on for so long; then they are handed back. */
  readonly drainMs: number;
};

export const DEFAULT_TIMING: Timing = { renewMs: 10_000, idlePollMs: 10_000, healthMs: 5_000, sweepMs: 60_000, drainMs: 10_000 };
