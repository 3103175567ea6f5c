import { join } from 'node:path';
import { type Device, type DeviceSource, type GpuChoice, nvidiaSmi } from '@inference/runtime';
import { type Log, StartRefused } from '@inference/service';
import { lockFile } from './lock-file.ts';

export type TakenGpus = { readonly devices: readonly Device[]; release(): void };

/**
 * Takes the GPUs that this consumer may use, each for itself alone among the consumers on this WORK_DIR.
 *
 * @throws StartRefused when the driver is out of order, or a GPU that was asked for by name is not there or in use: a consumer without its
 *   GPUs would make the tasks that wait for one fail
 */
export async function takeGpus(
  choice: GpuChoice,
  place: { root: string; log: Log; source?: Pick<DeviceSource, 'list'> },
): Promise<TakenGpus> {
  const { root, log, source = nvidiaSmi() } = place;
  const wanted = choice === 'auto' ? await list(source) : await checked(choice, source, log);
  const locks: (() => void)[] = [];
  const devices: Device[] = [];
  for (const device of wanted) {
    const { uuid } = device;
    const lock = await lockFile(join(root, `${encodeURIComponent(uuid)}.lock`));
    if (lock === null && choice !== 'auto') throw new StartRefused(`The GPU ${uuid} in GPUS is used by another consumer on this WORK_DIR.`);
    if (lock === null) {
      log.info({ uuid }, 'another consumer uses this GPU');
      continue;
    }
    locks.push(lock);
    devices.push(device);
  }
  const release = () => {
    for (const unlock of locks) unlock();
  };
  return { devices, release };
}

/** Those asked for by name. What nvidia-smi cannot tell, as parts of GPUs (MIG), the engine tells with the first task. */
async function checked(uuids: readonly string[], source: Pick<DeviceSource, 'list'>, log: Log): Promise<readonly Device[]> {
  const there = uuids.length === 0 ? [] : await list(source);
  const found = uuids.map((uuid) => there.find((device) => device.uuid === uuid) ?? unknown(uuid));
  const whole = uuids.filter((uuid) => uuid.startsWith('GPU-'));
  if (there.length === 0 && whole.length > 0) {
    log.warn({ gpus: whole }, 'nvidia-smi lists no GPU here, so nobody knows whether those in GPUS are there');
    return found;
  }
  const missing = whole.find((uuid) => !there.some((device) => device.uuid === uuid));
  if (missing === undefined) return found;
  const listed = there.map(({ uuid }) => uuid).join(', ');
  throw new StartRefused(`The GPU ${missing} in GPUS is not on this machine. nvidia-smi lists: ${listed}.`, { isConfiguration: true });
}

function unknown(uuid: string): Device {
  return { uuid, name: 'unknown', memoryBytes: 0, kind: uuid.startsWith('MIG-') ? 'mig' : 'gpu', groups: [], trouble: null };
}

async function list(source: Pick<DeviceSource, 'list'>): Promise<readonly Device[]> {
  try {
    return await source.list();
  } catch (error) {
    throw new StartRefused(`${(error as Error).message} With GPUS=none this consumer serves models without a GPU.`, { cause: error });
  }
}
