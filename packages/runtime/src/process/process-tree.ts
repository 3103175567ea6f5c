import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';

/** The children of a process (first), their children (second), and so on, as this machine's pids. Empty where there is no /proc. */
export async function processTree(pid: number): Promise<number[][]> {
  return levelsBelow(pid, await readStats());
}

/**
 * The processor time that a process and all below it have used, in milliseconds, with what they waited for; null where it is gone. What a
 * parent has not waited for goes with a process that ends, so it may go down.
 */
export async function treeCpuMs(pid: number): Promise<number | null> {
  const stats = await readStats();
  if (!stats.has(pid)) return null;
  return [pid, ...levelsBelow(pid, stats).flat()].reduce((sum, each) => sum + (stats.get(each)?.cpuMs ?? 0), 0);
}

/** What reading says of a process that is gone, before and while its file is open. */
const GONE: readonly unknown[] = ['ENOENT', 'ESRCH'];

/**
 * Whether a process has ended; one that only waits for its parent to notice (a zombie) counts as ended. Looks at once: the kernel
 * answers from memory, and to hand each step of one read to another thread takes far longer.
 */
export function hasEnded(pid: number): boolean {
  try {
    return 'ZX'.includes(parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8')).state);
  } catch (error) {
    // Anything else, such as too many open files, says nothing of the process: it may well live.
    return GONE.includes((error as NodeJS.ErrnoException).code);
  }
}

function levelsBelow(pid: number, stats: ReadonlyMap<number, Stat>): number[][] {
  const children = Map.groupBy(stats.keys(), (each) => stats.get(each)?.parent);
  const levels: number[][] = [];
  for (let level = children.get(pid) ?? []; level.length > 0; level = level.flatMap((each) => children.get(each) ?? [])) {
    levels.push(level);
  }
  return levels;
}

/** Of all processes of this machine, by pid. Empty where there is no /proc. */
async function readStats(): Promise<Map<number, Stat>> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
  const stats = new Map<number, Stat>();
  await Promise.all(
    pids.map(async (pid) => {
      // ESRCH: it ended between being listed and being read.
      const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
      if (text !== null) stats.set(pid, parseStat(text));
    }),
  );
  return stats;
}

type Stat = { readonly state: string; readonly parent: number; readonly cpuMs: number };

/** The kernel tells times in these, whatever its own clock. */
const TICK_MS = 10;

function parseStat(text: string): Stat {
  // The name in brackets is the process's own choice and may hold brackets and blanks.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', parent = ''] = fields;
  // User and system, of its own and of the children that it has waited for.
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { state, parent: Number(parent), cpuMs: ticks * TICK_MS };
}
