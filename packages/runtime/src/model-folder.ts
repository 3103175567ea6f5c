import { open, readFile } from 'node:fs/promises';
import { isAbsolute, join, normalize } from 'node:path';
import { MODEL_ID_PATTERN } from '@inference/domain';

/** No `model.json` is larger than this, in bytes. */
export const MODEL_JSON_BYTES_MAX = 64 * 1024;
const DESCRIPTION_CHARS_MAX = 2000;
const IMAGE_CHARS_MAX = 1024;
const ARGUMENTS_MAX = 100;

/** How the process runtime starts the model of a folder. */
export type ModelProcess = {
  /** Program and arguments; the working directory is the model's folder, seen as `/app`. */
  readonly command: readonly [string, ...string[]];
  /** More read-only folders or files: their place in the sandbox (`/app/NAME`) and on disk (relative to the model's folder). */
  readonly mounts: Readonly<Record<string, string>>;
};

/** What `model.json` says of the model in its folder. */
export type ModelFolder = {
  readonly humanReadableId: string;
  readonly description: string;
  /** The container image of the same model, or null when there is none. */
  readonly image: string | null;
  readonly useGpu: boolean;
  /** Null when the model runs as a container only. */
  readonly process: ModelProcess | null;
  /** A zip or a folder with a sample input, relative to the model's folder, or null. */
  readonly sample: string | null;
};

/** A read `model.json`, or a sentence that says what is wrong with it. */
export type ModelFolderRead = { readonly ok: true; readonly model: ModelFolder } | { readonly ok: false; readonly reason: string };

/** Thrown and caught in this file only: carries the sentence past the checks that follow. */
class Wrong extends Error {}

/** Reads `model.json` in `folder`. What is wrong with it comes back as a sentence; only faults of the disk reject. */
export async function readModelFolder(folder: string): Promise<ModelFolderRead> {
  const text = await readText(join(folder, 'model.json'));
  if (text === null) return { ok: false, reason: 'The folder has no file model.json.' };
  try {
    return { ok: true, model: toModel(toJson(text)) };
  } catch (error) {
    if (error instanceof Wrong) return { ok: false, reason: `model.json: ${error.message}.` };
    throw error;
  }
}

async function readText(path: string): Promise<string | null> {
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    return size > MODEL_JSON_BYTES_MAX ? '' : await readFile(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
}

function toJson(text: string): unknown {
  if (text === '') throw new Wrong(`it is empty or larger than ${MODEL_JSON_BYTES_MAX} bytes`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Wrong(`it is not valid JSON (${(error as Error).message})`);
  }
}

function toModel(json: unknown): ModelFolder {
  const known = ['humanReadableId', 'description', 'image', 'useGpu', 'process', 'sample'];
  const fields = toObject(json, 'it', known);
  const humanReadableId = toText(fields['humanReadableId'], 'humanReadableId');
  if (!MODEL_ID_PATTERN.test(humanReadableId)) {
    throw new Wrong('humanReadableId must be 1 to 128 letters, digits, ".", "_" or "-", and begin with a letter or digit');
  }
  const description = fields['description'] === undefined ? '' : toText(fields['description'], 'description');
  if (description.length > DESCRIPTION_CHARS_MAX) throw new Wrong(`description is longer than ${DESCRIPTION_CHARS_MAX} characters`);
  const image = toOptionalText(fields['image'], 'image');
  if (image !== null && image.length > IMAGE_CHARS_MAX) throw new Wrong(`image is longer than ${IMAGE_CHARS_MAX} characters`);
  const useGpu = fields['useGpu'] ?? false;
  if (typeof useGpu !== 'boolean') throw new Wrong('useGpu must be true or false');
  return {
    humanReadableId,
    description,
    image,
    useGpu,
    process: fields['process'] === undefined ? null : toProcess(fields['process']),
    sample: toSample(fields['sample']),
  };
}

function toProcess(value: unknown): ModelProcess {
  const fields = toObject(value, 'process', ['command', 'mounts']);
  const command = fields['command'];
  if (!Array.isArray(command) || command.length === 0 || command.length > ARGUMENTS_MAX) {
    throw new Wrong(`process.command must be a list of 1 to ${ARGUMENTS_MAX} texts, such as ["node", "count.mjs"]`);
  }
  const [program, ...args] = command.map((part, at) => toText(part, `process.command[${at}]`));
  if (program === undefined || program === '') throw new Wrong('process.command names no program');
  return { command: [program, ...args], mounts: fields['mounts'] === undefined ? {} : toMounts(fields['mounts']) };
}

function toMounts(value: unknown): Record<string, string> {
  const mounts = Object.entries(toObject(value, 'process.mounts', null));
  for (const [place, source] of mounts) {
    if (!/^\/app\/[^/]+$/.test(place) || /^\/app\/\.{1,2}$/.test(place)) {
      throw new Wrong(`process.mounts: "${place}" must be "/app/" and one name, such as "/app/node_modules"`);
    }
    if (toText(source, `process.mounts["${place}"]`) === '') throw new Wrong(`process.mounts["${place}"] is empty`);
  }
  return Object.fromEntries(mounts) as Record<string, string>;
}

function toSample(value: unknown): string | null {
  const sample = toOptionalText(value, 'sample');
  if (sample !== null && (isAbsolute(sample) || normalize(sample).startsWith('..'))) {
    throw new Wrong('sample must lie in the folder of the model');
  }
  return sample;
}

function toObject(value: unknown, what: string, known: readonly string[] | null): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Wrong(`${what} must be an object`);
  const unknown = known === null ? undefined : Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) throw new Wrong(`${what} has an unknown field "${unknown}" (known: ${known?.join(', ')})`);
  return value as Record<string, unknown>;
}

function toOptionalText(value: unknown, what: string): string | null {
  if (value === undefined || value === null) return null;
  const text = toText(value, what);
  if (text === '') throw new Wrong(`${what} must not be empty`);
  return text;
}

function toText(value: unknown, what: string): string {
  if (value === undefined) throw new Wrong(`${what} is missing`);
  if (typeof value !== 'string') throw new Wrong(`${what} must be a text`);
  if (value.includes('\0')) throw new Wrong(`${what} holds a NUL character`);
  return value;
}
