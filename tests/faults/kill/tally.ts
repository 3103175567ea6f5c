import { readFile, writeFile } from 'node:fs/promises';
import type { Batch } from './play-batch.ts';

/** What all batches of one kind came to. */
export type Totals = {
  kills: Record<string, number>;
  accepted: number;
  right: number;
  doubled: number;
  batches: number;
  killMinutes: number;
  faults: string[];
};

export type Tally = { services: Totals; single: Totals };

const none = (): Totals => ({ kills: {}, accepted: 0, right: 0, doubled: 0, batches: 0, killMinutes: 0, faults: [] });

/** What earlier batches came to; nothing, where there is no such file. */
export async function readTally(file: string): Promise<Tally> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  return text === null ? { services: none(), single: none() } : (JSON.parse(text) as Tally);
}

export async function writeTally(file: string, tally: Tally): Promise<void> {
  await writeFile(file, `${JSON.stringify(tally, null, 2)}\n`);
}

export function add(totals: Totals, { kills, accepted, right, doubled, faults, killMs }: Batch): void {
  for (const [name, count] of Object.entries(kills)) totals.kills[name] = (totals.kills[name] ?? 0) + count;
  totals.accepted += accepted;
  totals.right += right;
  totals.doubled += doubled;
  totals.batches += 1;
  totals.killMinutes += killMs / 60_000;
  totals.faults.push(...faults);
}

export function killsOf({ kills }: Pick<Totals, 'kills'>): number {
  return Object.values(kills).reduce((sum, count) => sum + count, 0);
}

/** All of it in a sentence. */
export function sentence(totals: Totals): string {
  const { kills, accepted, right, doubled, batches, killMinutes } = totals;
  const each = Object.entries(kills).map(([name, count]) => `${name} ${count}`);
  const rate = (killsOf(totals) / killMinutes).toFixed(1);
  return `${killsOf(totals)} kills (${each.join(', ')}) over ${accepted} accepted tasks in ${batches} batches, ${rate} kills a minute: ${right} right results, ${accepted - right} lost or wrong, ${doubled} without exactly one result`;
}
