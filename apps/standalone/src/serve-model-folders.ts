import { createWriteStream } from 'node:fs';
import { mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { OUTPUT_LIMITS } from '@inference/domain';
import { type Deps, registerFolderModels, SERVER } from '@inference/private-api';
import { listModelFolders } from '@inference/runtime';
import { collectFolder } from '@inference/zips';

/** A model that this server serves from its models folder. */
export type ServedModel = { readonly id: string; readonly sampleZip: string | null };

/** Registers the models of a folder and makes a zip of each one's sample, for people to try. Folders that are no models are named. */
export async function serveModelFolders(
  deps: Deps,
  folders: { models: string; samples: string },
): Promise<{ served: ServedModel[]; problems: string[] }> {
  await mkdir(folders.samples, { recursive: true });
  const { models, problems } = await listModelFolders(folders.models).catch((error: NodeJS.ErrnoException) => {
    return { models: [], problems: [`MODELS_DIR cannot be read: ${error.code ?? error.message}`] };
  });
  const rows = models.map(({ folder, model: { humanReadableId, description, image } }) => {
    return { folder, humanReadableId, description, image: image ?? humanReadableId };
  });
  const taken = new Set(await registerFolderModels(deps, rows, { by: SERVER, isStart: true }));
  const served: ServedModel[] = [];
  for (const { folder, model } of models) {
    const { humanReadableId: id, sample } = model;
    if (taken.has(id)) problems.push(`${folder}: a container model has the id ${id} already`);
    else
      served.push({ id, sampleZip: sample === null ? null : await zipSample(join(folders.models, folder, sample), folders.samples, id) });
  }
  return { served, problems };
}

async function zipSample(sample: string, samples: string, id: string): Promise<string | null> {
  const found = await stat(sample).catch(() => null);
  if (found === null) return null;
  if (found.isFile()) return sample;
  const path = join(samples, `${id}.zip`);
  const { zip } = collectFolder(sample, { limits: OUTPUT_LIMITS });
  await pipeline(zip, createWriteStream(`${path}.part`));
  await rename(`${path}.part`, path);
  return path;
}
