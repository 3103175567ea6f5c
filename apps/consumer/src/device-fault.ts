import type { ClaimedAttempt, LogTails } from '@inference/contracts';
import type { Failure } from '@inference/domain';

/** Only so many of the last lines that a model wrote are searched: an old warning is not why it ended. */
const LINES = 20;

/**
 * What NVIDIA's libraries say when a container has lost its GPU, or never had it: since systemd was reloaded, say, or the card fell off the bus. The
 * exact words only: a model that is at fault itself would be tried again in vain.
 */
const SAID = [
  /\bFailed to initialize NVML: (?:Unknown Error|GPU is lost|Driver\/library version mismatch)/,
  /\bNVML\b.{0,60}\bUnknown Error\b/,
  /\bno CUDA-capable device is detected\b/,
  /\bUnable to determine the device handle for GPU/,
  /\buncorrectable ECC error encountered\b/,
];

const FAULT: Failure = { class: 'infrastructure', reason: 'The GPU that the model had could not be used; the task is tried again.' };

/** The failure of an attempt, where its GPUs are the reason and not its model; null where they are not, or it had none. */
export function deviceFault(
  { gpuUuids }: Pick<ClaimedAttempt, 'gpuUuids'>,
  failure: Failure,
  { stdout, stderr }: LogTails,
): Failure | null {
  if (gpuUuids.length === 0 || failure.class !== 'model_error') return null;
  const last = [...stderr.slice(-LINES), ...stdout.slice(-LINES)];
  return last.some((line) => SAID.some((pattern) => pattern.test(line))) ? FAULT : null;
}
