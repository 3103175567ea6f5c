import type { Failure } from '@inference/domain';
import { describe, expect, it } from 'vitest';
import { deviceFault } from './device-fault.ts';

const BROKEN: Failure = { class: 'model_error', reason: 'The model ended with exit code 1.', exitCode: 1 };
const GPUS = { gpuUuids: ['GPU-a'] };
const said = (...stderr: string[]) => ({ stdout: [], stderr });
const LOST = 'RuntimeError: CUDA error: no CUDA-capable device is detected';

describe('a model with a GPU that failed', () => {
  it.each([
    'Failed to initialize NVML: Unknown Error',
    'Failed to initialize NVML: Driver/library version mismatch',
    'pynvml.NVMLError_Unknown: NVML: Unknown Error',
    LOST,
    'Unable to determine the device handle for GPU0000:41:00.0: Unknown Error',
    'CUDA error: uncorrectable ECC error encountered',
  ])('met a fault of its machine where its last lines say: %s', (line) => {
    expect(deviceFault(GPUS, BROKEN, said('loading', line, 'Traceback'))).toMatchObject({ class: 'infrastructure' });
    expect(deviceFault(GPUS, BROKEN, { stdout: [line], stderr: [] })).toMatchObject({ class: 'infrastructure' });
  });

  it.each(['CUDA out of memory', 'CUDA error: device-side assert triggered', 'Unknown Error', 'no device is detected', 'nvml ok'])(
    'failed by itself where they say: %s',
    (line) => {
      expect(deviceFault(GPUS, BROKEN, said(line))).toBeNull();
    },
  );

  it('failed by itself where it had no GPU, said it long before, or had another failure', () => {
    expect(deviceFault({ gpuUuids: [] }, BROKEN, said(LOST))).toBeNull();
    expect(deviceFault(GPUS, BROKEN, said(LOST, ...Array<string>(20).fill('later')))).toBeNull();
    expect(deviceFault(GPUS, { class: 'out_of_memory', reason: 'It used too much.' }, said(LOST))).toBeNull();
  });
});
