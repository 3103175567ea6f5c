import { readdir, readFile } from 'node:fs/promises';

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
