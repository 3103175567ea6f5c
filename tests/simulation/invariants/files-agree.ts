import type { StoredFiles, Tables } from '../tables.ts';

/**
 * Every file that a row names and nobody removed is whole, with the size and hash that the row says: the input of each accepted task, the
 * output of each that succeeded, the zip of each model. A purge takes the files before it says so: one that a crash cut short leaves an ended
 * task without them until the next pass, so this is asked when none is under way.
 */
export function filesAgree(tables: Tables, files: StoredFiles): string[] {
  const named = [
    ...tables.task.flatMap((task) => {
      if (task.purged_at !== null) return [];
      const input = { of: `the input of task ${task.id}`, key: task.input_key, bytes: task.input_bytes, sha256: task.input_sha256 };
      const output = { of: `the output of task ${task.id}`, key: task.output_key, bytes: task.output_bytes, sha256: task.output_sha256 };
      return [input, output];
    }),
    ...tables.model.map((model) => ({
      of: `the zip of model ${model.id}`,
      key: model.zip_key,
      bytes: model.zip_bytes,
      sha256: model.zip_sha256,
    })),
  ];
  return named.flatMap(({ of, key, bytes, sha256 }) => {
    if (key === null) return [];
    const file = files.get(key);
    if (file === undefined) return [`${of} is gone: ${key}`];
    if (file === null) return [`${of} is not whole: ${key}`];
    return file.bytes === bytes && file.sha256 === sha256 ? [] : [`${of} is another file than its row says: ${key}`];
  });
}
