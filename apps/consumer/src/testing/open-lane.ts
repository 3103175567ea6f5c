import { join } from 'node:path';
import type { NodeInfo } from '@inference/contracts';
import { nodeDisk } from '@inference/disk';
import { type Clock, newId, OUTPUT_LIMITS, type Pool, systemClock } from '@inference/domain';
import type { TaskQueue } from '@inference/queue';
import { createLog } from '@inference/service';
import { testFolder, until } from '@inference/testing';
import { onTestFinished } from 'vitest';
import { DEFAULT_TIMING, type Deps } from '../deps.ts';
import { ModelFiles } from '../model-files.ts';
import { NO_OUTPUT_DISKS } from '../output-disk/output-disks.ts';
import { serveLane } from '../serve-lane.ts';
import { ZIPS } from '../zips.ts';
import type { Board } from './board.ts';
import { Stage } from './stage.ts';

export const POOL = 'process';
const TEST_NODE: NodeInfo = {
  labels: { site: 'b2' },
  capacity: { cpuMillis: 2_000, memoryBytes: 8e9, shmBytes: 8e9, scratchBytes: 1e12 },
  devices: [],
};
const SILENT = createLog({ level: 'silent' });

/** What a consumer works with whose private API is a board; its work folder goes when the test ends. */
export async function testConsumerDeps(
  board: Board,
  queue: TaskQueue,
  { id = 'one', log = SILENT, clock = systemClock as Clock, gpuUuids = [] as readonly string[] } = {},
): Promise<Deps> {
  const workFolder = await testFolder();
  return {
    consumerId: id,
    bootId: 'boot',
    machineBootId: 'machine-boot',
    control: board.control(),
    queue,
    lanes: [],
    folderModels: [],
    gpuUuids,
    devices: null,
    node: () => TEST_NODE,
    workFolder,
    disk: nodeDisk,
    workFreeBytesMin: 0,
    zips: ZIPS,
    modelFiles: new ModelFiles({ root: join(workFolder, 'models'), bytesMax: 1, disk: nodeDisk, zips: ZIPS }),
    clock,
    newId,
    log,
    outputLimits: OUTPUT_LIMITS,
    outputDisks: NO_OUTPUT_DISKS,
    timing: DEFAULT_TIMING,
  };
}

type LaneOptions = {
  id?: string;
  pool?: Pool;
  gpuUuids?: readonly string[];
  slots?: number;
  atOnce?: boolean;
  log?: typeof SILENT;
  clock?: Clock;
  /** Whether models live on without their consumer. */
  outlivesUs?: boolean;
};

/** A lane of a consumer for the running test, closed; `open` opens it. */
export async function openLane(
  board: Board,
  queue: TaskQueue,
  { slots = 1, atOnce = false, outlivesUs = false, pool = POOL, ...rest }: LaneOptions = {},
) {
  const stage = Object.assign(new Stage(atOnce), { outlivesUs });
  const deps = await testConsumerDeps(board, queue, rest);
  const lane = serveLane(deps, { pool, slots, runtime: stage.runtime() });
  onTestFinished(async () => {
    lane.handBack();
    await lane.stopClaiming();
    await lane.idle();
  });
  const open = async () => {
    const before = board.asked;
    lane.setOpen(true);
    lane.wake();
    await until('the first claim', () => board.asked > before);
  };
  return { deps, lane, stage, open };
}

/** Lets everything happen that is waiting to happen in this process. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}
