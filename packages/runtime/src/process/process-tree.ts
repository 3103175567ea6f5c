import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';

/** The children of a process (first), their children (second), and so on, as this machine's pids. Empty where there is no /proc. */
export async function processTree(pid: number): Promise<number[][]> {
  const children = await childrenByParent();
  const levels: number[][] = [];
  for (let level = children.get(pid) ?? []; level.length > 0; level = level.flatMap((each) => children.get(each) ?? [])) {
    levels.push(level);
  }
  return levels;
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

async function childrenByParent(): Promise<Map<number, number[]>> {
  const names = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(names.map(readStat));
  const children = new Map<number, number[]>();
  for (const stat of stats) {
    if (stat === null) continue;
    const siblings = children.get(stat.parent);
    if (siblings === undefined) children.set(stat.parent, [stat.pid]);
    else siblings.push(stat.pid);
  }
  return children;
}

type Stat = { readonly state: string; readonly parent: number };

async function readStat(pid: string): Promise<(Stat & { readonly pid: number }) | null> {
  // ESRCH: it ended between being listed and being read.
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return text === null ? null : { pid: Number(pid), ...parseStat(text) };
}

function parseStat(text: string): Stat {
  // The name in brackets is the process's own choice and may hold brackets and blanks.
  const [state = '', parent = ''] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state, parent: Number(parent) };
}
