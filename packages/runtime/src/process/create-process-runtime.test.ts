import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@inference/domain';
import { modelRuntimeConformance, type RuntimeRig } from '../model-runtime.conformance.ts';
import { testModel } from '../testing/test-order.ts';
import { createProcessRuntime } from './create-process-runtime.ts';
import type { Isolation } from './sandbox-plan.ts';

async function rig(isolation: Isolation): Promise<RuntimeRig> {
  const modelsFolder = await mkdtemp(join(tmpdir(), 'inference-models-'));
  await mkdir(join(modelsFolder, 'script'));
  await writeFile(
    join(modelsFolder, 'script', 'model.json'),
    JSON.stringify({ humanReadableId: 'script', process: { command: ['sh', '/input/run.sh'] } }),
  );
  return {
    runtime: await createProcessRuntime({ modelsFolder, clock: systemClock, stopGraceMs: 300, isolation }),
    model: (limits) => testModel({ kind: 'folder', folder: 'script' }, { limits }),
    close: () => rm(modelsFolder, { recursive: true }),
  };
}

modelRuntimeConformance('the process runtime with bubblewrap', () => rig('bubblewrap'));
modelRuntimeConformance('the process runtime with unshare', () => rig('unshare'));
