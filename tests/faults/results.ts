import { readFile, writeFile } from 'node:fs/promises';
import type { Verdict } from './play-row.ts';

/** What is kept of the last time that a row was played. */
export type Result = {
  readonly passed: boolean;
  readonly recoveredMs: number | null;
  readonly found: string;
  /** With the short absences of `--quick`. */
  readonly isShort: boolean;
  readonly date: string;
};

/** Results by the name of their row, and what the newest of them were measured on. */
export type Results = { machine: string; rows: Record<string, Result> };

/** What earlier runs found; nothing, where there is no such file. */
export async function readResults(file: string): Promise<Results> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  return text === null ? { machine: '', rows: {} } : (JSON.parse(text) as Results);
}

/** Keeps a verdict, unless it came with short absences and there is one with full ones. */
export function keep({ rows }: Results, { row, passed, recoveredMs, found }: Verdict, isShort: boolean): void {
  if (isShort && rows[row.name]?.isShort === false) return;
  rows[row.name] = { passed, recoveredMs, found, isShort, date: new Date().toISOString().slice(0, 10) };
}

export async function writeResults(file: string, results: Results): Promise<void> {
  await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
}
