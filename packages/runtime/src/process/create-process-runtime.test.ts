import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@inference/domain';
import { has } from '@inference/testing';
import { modelRuntimeConformance, type RuntimeRig } from '../model-runtime.conformance.ts';
import { scriptModel } from '../testing/script-model.ts';
import { testModel } from '../testing/test-order.ts';
import { createProcessRuntime } from './create-process-runtime.ts';
import type { Isolation } from './sandbox-plan.ts';

async function rig(isolation: Isolation): Promise<RuntimeRig> {
  const modelsFolder = await mkdtemp(join(tmpdir(), 'inference-models-'));
  await scriptModel(modelsFolder);
  return {
    runtime: await createProcessRuntime({ modelsFolder, clock: systemClock, stopGraceMs: 300, isolation }),
    model: (limits) => testModel({ kind: 'folder', folder: 'script' }, { limits }),
    close: () => rm(modelsFolder, { recursive: true }),
  };
}

modelRuntimeConformance('the process runtime with bubblewrap', () => rig('bubblewrap'), has('bubblewrap'));
modelRuntimeConformance('the process runtime with unshare', () => rig('unshare'), has('unshare'));
