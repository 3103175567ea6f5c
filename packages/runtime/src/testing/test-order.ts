import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MODEL_LIMITS, type ModelLimits, type ModelSource, type ModelSpec, newId } from '@inference/domain';
import { testFolder } from '@inference/testing';
import type { RunOrder } from '../model-runtime.ts';

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
};

/** An order with folders of its own below a folder that is closed to others; all goes when the test ends. */
export async function testOrder({ model, script, modelFiles }: TestOrder): Promise<RunOrder> {
  const folder = await testFolder();
  await chmod(folder, 0o700);
  const [input, output, files] = ['input', 'output', 'model'].map((name) => join(folder, name)) as [string, string, string];
  for (const each of [input, output, files]) await mkdir(each);
  // Only the sandbox keeps a model from writing here.
  for (const each of [input, files]) await chmod(each, 0o777);
  await writeFile(join(input, 'run.sh'), script);
  for (const [name, content] of Object.entries(modelFiles ?? {})) await writeFile(join(files, name), content);
  const folders = { input, output, model: modelFiles === undefined ? null : files };
  return { taskUid: newId(), attempt: 1, model, pinnedImage: null, folders, gpuUuids: [] };
}

/** Limits as usual, with what a test wants otherwise. */
export function testLimits(over: Partial<ModelLimits>): ModelLimits {
  return { ...MODEL_LIMITS, ...over };
}
