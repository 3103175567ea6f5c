import type { Tables } from '../tables.ts';
import { attemptsOf } from './rows-of-task.ts';

/** A task has succeeded with what its newest attempt reported: the row names that attempt's file and hash. No other task has an output. */
export function successIsRecorded(tables: Tables): string[] {
  return tables.task.flatMap((task) => {
    const { id, uid, state, attempt: newest, output_key: key, output_bytes: bytes, output_sha256: sha256 } = task;
    if (state !== 'succeeded') return key === null ? [] : [`task ${id} is ${state} and has an output`];
    const attempt = attemptsOf(tables, task).find(({ number }) => number === newest);
    const isReported = attempt?.outcome === 'succeed' && attempt.output_sha256 === sha256;
    const isNamed = key === `outputs/${uid}.${newest}.${sha256}.zip` && bytes !== null;
    return [
      ...(isReported
        ? []
        : [`task ${id} succeeded with ${sha256}, attempt ${newest} reported ${attempt?.output_sha256 ?? attempt?.outcome}`]),
      ...(isNamed ? [] : [`task ${id} succeeded with the file ${key}, which is not of attempt ${newest}`]),
    ];
  });
}
