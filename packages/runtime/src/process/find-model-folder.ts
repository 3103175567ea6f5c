import { realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { MODEL_ID_PATTERN, type ModelSpec } from '@inference/domain';
import { readModelFolder } from '../model-folder.ts';
import type { Bind } from './sandbox-plan.ts';

/** Where a folder model lies and how it is started, or a sentence that says why it cannot be. */
export type FoundModel =
  | { readonly ok: true; readonly folder: string; readonly command: readonly string[]; readonly mounts: readonly Bind[] }
  | { readonly ok: false; readonly reason: string };

/** Finds the folder of a model directly below `modelsFolder`. */
export async function findModelFolder(modelsFolder: string, model: ModelSpec): Promise<FoundModel> {
  const { source } = model;
  if (source.kind !== 'folder')
    return no("This consumer runs models of its own folder only, not images: register the model with a consumer's folder.");
  const name = source.folder;
  if (!MODEL_ID_PATTERN.test(name)) return no(`"${name}" is not the name of a folder of models.`);
  if (model.useGpu) return no('Models in a folder run without GPUs: register the model as a container image, or without use_gpu.');
  if (model.loosened.length > 0) return no('Nothing can be loosened for a model in a folder: register it as a container image.');
  const folder = await findBelow(modelsFolder, name);
  if (folder === null) return no(`This consumer has no folder "${name}" among its models.`);
  const read = await readModelFolder(folder);
  if (!read.ok) return no(`The folder "${name}" of the model cannot be used. ${read.reason}`);
  if (read.model.process === null) return no(`The model.json of "${name}" has no "process": it runs as a container only.`);
  const { command, mounts: wanted } = read.model.process;
  const mounts: Bind[] = [];
  for (const [target, place] of Object.entries(wanted)) {
    const source = await existing(resolve(folder, place));
    if (source === null) return no(`The model.json of "${name}" mounts "${place}" at "${target}", but there is no such folder or file.`);
    mounts.push({ source, target, writable: false });
  }
  return { ok: true, folder, command, mounts };
}

/** The folder itself, unless it is none or a link that leads out of `modelsFolder`. */
async function findBelow(modelsFolder: string, name: string): Promise<string | null> {
  const [root, folder] = await Promise.all([existing(modelsFolder), existing(join(modelsFolder, name))]);
  return folder !== null && dirname(folder) === root ? folder : null;
}

async function existing(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

function no(reason: string): FoundModel {
  return { ok: false, reason };
}
