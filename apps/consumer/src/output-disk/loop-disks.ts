import { mkdir, open, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { runInTime } from '@inference/runtime';
import type { OutputDisk, OutputDisks, OutputRoom } from './output-disks.ts';

/** Making, mounting and unmounting a file system take no longer, in milliseconds, or the machine has a fault. */
const COMMAND_LIMIT_MS = 30_000;
/** Below the folder of an attempt: the sparse file, and where it is mounted. The model sees neither. */
const FILE = 'output.ext4';
const POINT = 'output-disk';
/** Inside the file system: an engine that does not see our mounts does not find it, and refuses, instead of writing beside it. */
const OUTPUT = 'output';
const INODE_BYTES = 256;
/** What the file system needs for itself, in bytes, and as a share of what it holds. */
const OWN_BYTES = 4 * 1024 ** 2;
const OWN_SHARE = 0.002;
/** Its own folders, beside what the model makes. */
const OWN_INODES = 1_024;
/** One with less free than this, in bytes, is full: the kernel takes room for a write in pieces of up to 2 MiB, or refuses it. */
const FULL_BYTES = 2 * 1024 ** 2;

/** Runs a program to its end; rejects where it fails, or takes too long. */
type Run = (name: string, args: readonly string[]) => Promise<unknown>;

/**
 * A small ext4 in a sparse file for the output of each attempt. It keeps no journal: what it holds counts within the same start of the
 * machine only.
 */
export class LoopDisks implements OutputDisks {
  readonly #isOn: boolean;
  readonly #run: Run;

  /**
   * @param isOn false: none is made, and those that were made before are still known
   * @param limitMs for each program, in milliseconds; tests cannot wait for the usual time
   */
  constructor(isOn: boolean, limitMs = COMMAND_LIMIT_MS) {
    this.#isOn = isOn;
    // One that hangs in the kernel keeps the same from being tried again beside it, and no other attempt from its own.
    this.#run = (name, args) => runInTime(name, args, limitMs, [name, ...args].join(' '));
  }

  async make(root: string, room: OutputRoom): Promise<OutputDisk | null> {
    const [file, point] = [join(root, FILE), join(root, POINT)];
    const isThere = await exists(file);
    if (!isThere && !this.#isOn) return null;
    if (!isThere) await makeFileSystem(this.#run, file, room);
    await mkdir(point, { recursive: true });
    // A second mount of a file uses the same loop device: a model that still runs on the first one is not disturbed.
    if (!(await isMounted(root, point))) await mount(this.#run, file, point);
    const folder = join(point, OUTPUT);
    await mkdir(folder, { recursive: true });
    return { folder, isFull: () => isFull(folder) };
  }

  async letGo(root: string): Promise<void> {
    const point = join(root, POINT);
    if ((await exists(join(root, FILE))) && (await isMounted(root, point))) await this.#run('umount', [point]);
  }
}

async function makeFileSystem(run: Run, file: string, { bytes, entries }: OutputRoom): Promise<void> {
  const inodes = entries + OWN_INODES;
  const made = await open(file, 'wx', 0o600);
  await made.truncate(Math.ceil(bytes * (1 + OWN_SHARE)) + inodes * INODE_BYTES + OWN_BYTES).finally(() => made.close());
  try {
    const features = '^has_journal,^resize_inode';
    const form = ['-b', '4096', '-I', String(INODE_BYTES), '-N', String(inodes), '-m', '0', '-O', features, '-E', 'nodiscard'];
    await run('mkfs.ext4', ['-q', '-F', ...form, file]);
  } catch (error) {
    // Half a file system must not look like one that an earlier process has made.
    await rm(file, { force: true });
    throw error;
  }
}

/** `noinit_itable`: else the kernel would write the zeros that the sparse file already has. */
async function mount(run: Run, file: string, point: string): Promise<void> {
  await run('mount', ['-t', 'ext4', '-o', 'loop,nosuid,nodev,noatime,noinit_itable', file, point]);
}

async function isMounted(root: string, point: string): Promise<boolean> {
  const above = await stat(root);
  const at = await stat(point).catch(missing);
  return at !== null && at.dev !== above.dev;
}

async function isFull(folder: string): Promise<boolean> {
  const { bavail, bsize, ffree } = await statfs(folder);
  return bavail * bsize < FULL_BYTES || ffree === 0;
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(missing)) !== null;
}

function missing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
