import { join } from 'node:path';
import { type DeviceSource, nvidiaSmi } from '@inference/runtime';
import { type Log, StartRefused } from '@inference/service';
import type { GpuChoice } from './config.ts';
import { lockFile } from './lock-file.ts';

export type TakenGpus = { readonly uuids: readonly string[]; release(): void };

/**
 * Takes the GPUs that this consumer may use, each for itself alone among the consumers on this WORK_DIR.
 *
 * @throws StartRefused when the driver is out of order, or a GPU that was asked for by name is not there or in use: a consumer without its
 *   GPUs would make the tasks that wait for one fail
 */
export async function takeGpus(choice: GpuChoice, place: { root: string; log: Log; source?: DeviceSource }): Promise<TakenGpus> {
  const { root, log, source = nvidiaSmi() } = place;
  const wanted = choice === 'auto' ? await list(source) : await checked(choice, source, log);
  const locks: (() => void)[] = [];
  const uuids: string[] = [];
  for (const uuid of wanted) {
    const lock = await lockFile(join(root, `${encodeURIComponent(uuid)}.lock`));
    if (lock === null && choice !== 'auto') throw new StartRefused(`The GPU ${uuid} in GPUS is used by another consumer on this WORK_DIR.`);
    if (lock === null) {
      log.info({ uuid }, 'another consumer uses this GPU');
      continue;
    }
    locks.push(lock);
    uuids.push(uuid);
  }
  const release = () => {
    for (const unlock of locks) unlock();
  };
  return { uuids, release };
}

/** Those asked for by name. What nvidia-smi cannot tell, as parts of GPUs (MIG), the engine tells with the first task. */
async function checked(uuids: readonly string[], source: DeviceSource, log: Log): Promise<readonly string[]> {
  const whole = uuids.filter((uuid) => uuid.startsWith('GPU-'));
  if (whole.length === 0) return uuids;
  const there = await list(source);
  if (there.length === 0) log.warn({ gpus: whole }, 'nvidia-smi lists no GPU here, so nobody knows whether those in GPUS are there');
  const missing = there.length === 0 ? undefined : whole.find((uuid) => !there.includes(uuid));
  if (missing === undefined) return uuids;
  const message = `The GPU ${missing} in GPUS is not on this machine. nvidia-smi lists: ${there.join(', ')}.`;
  throw new StartRefused(message, { isConfiguration: true });
}

async function list(source: DeviceSource): Promise<string[]> {
  try {
    return (await source.list()).map((gpu) => gpu.uuid);
  } catch (error) {
    throw new StartRefused(`${(error as Error).message} With GPUS=none this consumer serves models without a GPU.`, { cause: error });
  }
}
