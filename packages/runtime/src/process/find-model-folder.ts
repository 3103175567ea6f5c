import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MODEL_ID_PATTERN, type ModelSpec } from '@inference/domain';
import { type ModelProcess, readModelFolder } from '../model-folder.ts';

/** Where a folder model lies and how it is started, or a sentence that says why it cannot be. */
export type FoundModel =
  | { readonly ok: true; readonly folder: string; readonly process: ModelProcess }
  | { readonly ok: false; readonly reason: string };

/** Finds the folder of a model directly below `modelsFolder`. */
export async function findModelFolder(modelsFolder: string, model: ModelSpec): Promise<FoundModel> {
  const { source } = model;
  if (source.kind !== 'folder')
    return no("This consumer runs models of its own folder only, not images: register the model with a consumer's folder.");
  if (!MODEL_ID_PATTERN.test(source.folder)) return no(`"${source.folder}" is not the name of a folder of models.`);
  if (model.useGpu) return no('Models in a folder run without GPUs: register the model as a container image, or without use_gpu.');
  if (model.loosened.length > 0) return no('Nothing can be loosened for a model in a folder: register it as a container image.');
  const folder = await resolveBelow(modelsFolder, source.folder);
  if (folder === null) return no(`This consumer has no folder "${source.folder}" among its models.`);
  const read = await readModelFolder(folder);
  if (!read.ok) return no(`The folder "${source.folder}" of the model cannot be used. ${read.reason}`);
  if (read.model.process === null) return no(`The model.json of "${source.folder}" has no "process": it runs as a container only.`);
  return { ok: true, folder, process: read.model.process };
}

async function resolveBelow(modelsFolder: string, name: string): Promise<string | null> {
  try {
    const [root, folder] = await Promise.all([realpath(modelsFolder), realpath(join(modelsFolder, name))]);
    return dirname(folder) === root ? folder : null;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

function no(reason: string): FoundModel {
  return { ok: false, reason };
}
