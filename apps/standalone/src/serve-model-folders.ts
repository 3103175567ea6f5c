import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { OUTPUT_LIMITS } from '@inference/domain';
import { type Deps, registerFolderModel } from '@inference/private-api';
import { readModelFolder } from '@inference/runtime';
import { collectFolder } from '@inference/zips';

/** A model that this server serves from its models folder. */
export type ServedModel = { readonly id: string; readonly sampleZip: string | null };

/** Registers the models of a folder and makes a zip of each one's sample, for people to try. Folders that are no models are named. */
export async function serveModelFolders(
  deps: Deps,
  folders: { models: string; samples: string },
): Promise<{ served: ServedModel[]; problems: string[] }> {
  const served: ServedModel[] = [];
  const problems: string[] = [];
  await mkdir(folders.samples, { recursive: true });
  for (const entry of await readdir(folders.models, { withFileTypes: true }).catch(() => [])) {
    if (!entry.isDirectory()) continue;
    const folder = join(folders.models, entry.name);
    const read = await readModelFolder(folder);
    if (!read.ok) {
      problems.push(`${entry.name}: ${read.reason}`);
      continue;
    }
    const { humanReadableId, description, image, sample, process: program } = read.model;
    if (program === null) continue;
    const row = await registerFolderModel(deps, { humanReadableId, description, image: image ?? humanReadableId, folder: entry.name });
    if (row === null) problems.push(`${entry.name}: a container model has the id ${humanReadableId} already`);
    else
      served.push({
        id: humanReadableId,
        sampleZip: sample === null ? null : await zipSample(join(folder, sample), folders.samples, humanReadableId),
      });
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
