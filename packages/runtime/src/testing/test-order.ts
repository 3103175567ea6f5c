import { createHash } from 'node:crypto';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MODEL_LIMITS, type ModelLimits, type ModelSource, type ModelSpec, newId } from '@inference/domain';
import { testFolder } from '@inference/testing';
import type { AttemptRef, RunOrder } from '../model-runtime.ts';
import { ATTEMPTS, folderName, MODEL_FILES } from '../work-layout.ts';

/** A model as registered, with what a test wants otherwise. */
export function testModel(source: ModelSource, over: Partial<ModelSpec> = {}): ModelSpec {
  return { uid: newId(), humanReadableId: 'test', source, useGpu: false, zip: null, loosened: [], limits: MODEL_LIMITS, ...over };
}

export type TestOrder = {
  readonly model: ModelSpec;
  /** The test model's command is `sh /input/run.sh`: this is that file. */
  readonly script: string;
  /** Files of the model's zip; none: the model has no zip. */
  readonly modelFiles?: Readonly<Record<string, string>>;
  /** The work folder of a consumer, to lie there as a consumer lays it out; left out: anywhere. */
  readonly workFolder?: string;
};

/** An order with folders of its own below a folder that is closed to others; all goes when the test ends. */
export async function testOrder({ model, script, modelFiles, workFolder }: TestOrder): Promise<RunOrder> {
  const ref = { taskUid: newId(), attempt: 1 };
  const places = workFolder === undefined ? await placesAnywhere() : placesBelow(workFolder, ref);
  const { input, output, files } = places;
  for (const each of [input, output, files]) await mkdir(each, { recursive: true });
  // Only the sandbox keeps a model from writing here.
  for (const each of [input, files]) await chmod(each, 0o777);
  await writeFile(join(input, 'run.sh'), script);
  for (const [name, content] of Object.entries(modelFiles ?? {})) await writeFile(join(files, name), content);
  const folders = { input, output, model: modelFiles === undefined ? null : files };
  return { ...ref, model, pinnedImage: null, folders, gpuUuids: [] };
}

async function placesAnywhere() {
  const folder = await testFolder();
  await chmod(folder, 0o700);
  return { input: join(folder, 'input'), output: join(folder, 'output'), files: join(folder, 'model') };
}

function placesBelow(workFolder: string, ref: AttemptRef) {
  const root = join(workFolder, ATTEMPTS, folderName(ref));
  const files = join(workFolder, MODEL_FILES, createHash('sha256').update(ref.taskUid).digest('hex'));
  return { input: join(root, 'input'), output: join(root, 'output'), files };
}

/** Limits as usual, with what a test wants otherwise. */
export function testLimits(over: Partial<ModelLimits>): ModelLimits {
  return { ...MODEL_LIMITS, ...over };
}
