import { readFile } from 'node:fs/promises';

const BYTES_MAX = 1024 * 1024;

/** The object in a file of JSON; null where there is no file. Throws an error that names the file. */
export async function readJsonFile(path: string): Promise<Record<string, unknown> | null> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw new Error(`${path} cannot be read: ${error.message}`);
  });
  if (text === null) return null;
  let value: unknown = null;
  try {
    if (text.length <= BYTES_MAX) value = JSON.parse(text);
  } catch {
    // Not JSON is told like JSON of another shape.
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Error(`${path} is no JSON object: mend it, or remove it.`);
}
