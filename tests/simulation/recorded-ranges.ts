import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Range } from './simulate-range.ts';

const RECORDED = join(import.meta.dirname, 'recorded-ranges.json');

/** A range of schedules that was run without a broken invariant, how long that took, on how many cores, and when. */
export type RecordedRange = Range & { readonly seconds: number; readonly cores: number; readonly date: string };

/** All ranges that were recorded, the oldest first. */
export async function readRanges(): Promise<readonly RecordedRange[]> {
  return JSON.parse(await readFile(RECORDED, 'utf8')) as RecordedRange[];
}

/** Notes a range that was run without a broken invariant. */
export async function recordRange({ first, count, seconds }: Range & { seconds: number }): Promise<void> {
  const range: RecordedRange = { first, count, seconds, cores: availableParallelism(), date: new Date().toISOString().slice(0, 10) };
  await writeFile(RECORDED, `${JSON.stringify([...(await readRanges()), range], null, 2)}\n`);
}
