import { randomInt } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';

/** A number of seconds that no other `sleep` on this machine was given, for `livingProcesses` to find. */
export function aMarker(): string {
  return String(randomInt(100_000_000, 1_000_000_000));
}

/** The pids of this machine's processes that have `word` in their command line; a process that has ended has none. */
export async function livingProcesses(word: string): Promise<number[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    names.map(async (name) => {
      const line = await readFile(`/proc/${name}/cmdline`, 'latin1').catch(() => '');
      return line.split('\0').includes(word) ? [Number(name)] : [];
    }),
  );
  return found.flat();
}
