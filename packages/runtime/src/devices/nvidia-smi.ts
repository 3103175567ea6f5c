import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { DeviceSource, Gpu } from './device-source.ts';

/** A driver that hangs must not stop the consumer: after this it counts as a fault, in milliseconds. */
const NVIDIA_SMI_LIMIT_MS = 10_000;
const OUTPUT_BYTES_MAX = 1024 * 1024;
const MIB = 1024 * 1024;
const QUERY = ['--query-gpu=index,uuid,name,memory.total', '--format=csv,noheader,nounits'] as const;

/** Runs a program and answers its stdout; rejects as `child_process` does. */
type RunProgram = (file: string, args: readonly string[]) => Promise<string>;

const runProgram: RunProgram = async (file, args) => {
  const { stdout } = await promisify(execFile)(file, args, {
    timeout: NVIDIA_SMI_LIMIT_MS,
    maxBuffer: OUTPUT_BYTES_MAX,
    killSignal: 'SIGKILL',
  });
  return stdout;
};

/** The GPUs that NVIDIA's driver knows; none where the driver is not installed. */
export function nvidiaSmi(run: RunProgram = runProgram): DeviceSource {
  return {
    async list() {
      try {
        return parse(await run('nvidia-smi', QUERY));
      } catch (error) {
        // EACCES: a folder on the PATH is closed to this user, and none of the others has it.
        if (['ENOENT', 'EACCES'].includes(String((error as NodeJS.ErrnoException).code))) return [];
        throw new Error('The GPUs of this machine could not be listed: nvidia-smi failed. Run it by hand to see why.', { cause: error });
      }
    },
  };
}

function parse(stdout: string): Gpu[] {
  const lines = stdout.split('\n').filter((line) => line.trim() !== '');
  // What it prints, with exit code 0, where the driver is there and no GPU is.
  if (lines.length === 1 && /^no devices were found$/i.test(lines[0] ?? '')) return [];
  return lines.map(parseLine);
}

function parseLine(line: string): Gpu {
  const fields = line.split(',').map((field) => field.trim());
  const [index = '', uuid = ''] = fields;
  // The name in the middle may hold a comma.
  const name = fields.slice(2, -1).join(', ');
  const memoryMib = Number(fields.at(-1));
  if (fields.length < 4 || !/^\d+$/.test(index) || !uuid.startsWith('GPU-') || !(memoryMib > 0)) {
    throw new Error(`nvidia-smi printed a line that is not a GPU: "${line}"`);
  }
  return { index: Number(index), uuid, name, memoryBytes: memoryMib * MIB };
}
