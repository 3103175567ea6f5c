import type { Device, DeviceSource } from './device-source.ts';
import { deviceTrouble, type Reading } from './device-trouble.ts';
import { linkGroups } from './link-groups.ts';
import { readDeviceList } from './read-device-list.ts';
import { runInTime } from './run-in-time.ts';

/** A driver that hangs must not stop the consumer: after this it counts as a fault, in milliseconds. */
const NVIDIA_SMI_LIMIT_MS = 10_000;
const MIB = 1024 * 1024;
const LIST = ['-L'] as const;
/** The name is last: it may hold a comma. */
const READ = ['--query-gpu=uuid,memory.total,ecc.errors.uncorrected.volatile.total,name', '--format=csv,noheader,nounits'] as const;
/** Older drivers do not know these fields, and refuse a query that has one of them. */
const RECOVERY = ['--query-gpu=uuid,gpu_recovery_action', '--format=csv,noheader'] as const;
const MIG_MODE = ['--query-gpu=uuid,mig.mode.current', '--format=csv,noheader'] as const;
const USED = ['--query-gpu=uuid,memory.used', '--format=csv,noheader,nounits'] as const;
const LINKS = ['topo', '-m'] as const;
/** What it prints, with exit code 0, where the driver is there and no GPU is. */
const NONE = /^no devices (?:were )?found\.?$/im;

/** Runs a program and answers its stdout; rejects as `child_process` does. */
type RunProgram = (file: string, args: readonly string[]) => Promise<string>;
const runProgram: RunProgram = (file, args) => runInTime(file, args, NVIDIA_SMI_LIMIT_MS);

/**
 * The devices that NVIDIA's driver knows, and how they are; none where the driver is not installed. A GPU that is split (MIG) is its parts. Read
 * are `-L` and CSV, not the XML: that has the names of processes in it, which models choose.
 */
export function nvidiaSmi(run: RunProgram = runProgram): DeviceSource {
  return {
    async list() {
      try {
        return await read(run);
      } catch (error) {
        if (isMissing(error)) return [];
        const why = (error as { killed?: boolean }).killed === true ? `did not end within ${NVIDIA_SMI_LIMIT_MS / 1000} s` : 'failed';
        throw new Error(`The GPUs of this machine could not be listed: nvidia-smi ${why}. Run it by hand to see why.`, { cause: error });
      }
    },
    async memoryUsed() {
      try {
        const used = rowsOf(await stdoutOf(run, USED)).map(([uuid = '', mib]) => [uuid, Number(mib) * MIB] as const);
        return new Map(used.filter(([, bytes]) => Number.isFinite(bytes)));
      } catch (error) {
        if (isMissing(error)) return new Map();
        throw error;
      }
    },
  };
}

/** EACCES: a folder on the PATH is closed to this user, and none of the others has it. */
function isMissing(error: unknown): boolean {
  return ['ENOENT', 'EACCES'].includes(String((error as NodeJS.ErrnoException).code));
}

async function read(run: RunProgram): Promise<Device[]> {
  const listed = await stdoutOf(run, LIST);
  const cards = readDeviceList(listed);
  if (cards.length === 0) {
    if (listed.trim() === '' || NONE.test(listed)) return [];
    throw new Error('nvidia-smi -L printed no line that is a GPU');
  }
  const readings = new Map(
    rowsOf(await stdoutOf(run, READ)).map(([uuid = '', memory, ecc, ...name]) => [uuid, { memory, ecc, name: name.join(', ') }]),
  );
  const recoveries = await optional(run, RECOVERY);
  const modes = await optional(run, MIG_MODE);
  const links = linkGroups(cards.length > 1 ? await ifKnown(run, LINKS) : '');
  return cards.flatMap(({ index, uuid, name, parts }): Device[] => {
    const said = readings.get(uuid);
    const reading: Reading = { memory: said?.memory, ecc: said?.ecc, recovery: recoveries.get(uuid) };
    const trouble = deviceTrouble(reading, modes.get(uuid) === 'Enabled' && parts.length === 0);
    const memoryBytes = (Number(said?.memory) || 0) * MIB;
    const groups = links.get(index) ?? [];
    if (parts.length === 0) return [{ uuid, name: said?.name || name, memoryBytes, kind: 'gpu', groups, trouble }];
    return parts.map(({ profile, ...part }) => ({ ...part, name: `${name} ${profile}`, kind: 'mig', groups: [], trouble }));
  });
}

/** What it prints of one card may come with an error about another: what is there counts, and what is not is missing. */
async function stdoutOf(run: RunProgram, args: readonly string[]): Promise<string> {
  try {
    return await run('nvidia-smi', args);
  } catch (error) {
    const { stdout, killed } = error as { stdout?: unknown; killed?: boolean };
    if (killed !== true && typeof stdout === 'string' && stdout.includes('GPU-')) return stdout;
    throw error;
  }
}

/** The fields of each line that is about a card. */
function rowsOf(stdout: string): string[][] {
  const lines = stdout.split('\n').filter((line) => line.startsWith('GPU-'));
  return lines.map((line) => line.split(',').map((field) => field.trim()));
}

/** Fields that this driver may not know; then nothing is known of them. */
async function optional(run: RunProgram, args: readonly string[]): Promise<ReadonlyMap<string, string>> {
  return new Map(rowsOf(await ifKnown(run, args)).map(([uuid = '', value = '']) => [uuid, value]));
}

/** What it prints where it knows what it is asked, else nothing. A driver that hangs is a fault all the same. */
async function ifKnown(run: RunProgram, args: readonly string[]): Promise<string> {
  try {
    return await stdoutOf(run, args);
  } catch (error) {
    if ((error as { killed?: boolean }).killed === true) throw error;
    return '';
  }
}
