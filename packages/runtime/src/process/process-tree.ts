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

/** Whether a process has ended; one that only waits for its parent to notice (a zombie) counts as ended. */
export async function hasEnded(pid: number): Promise<boolean> {
  const stat = await readStat(String(pid));
  return stat === null || stat.state === 'Z' || stat.state === 'X';
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

async function readStat(pid: string): Promise<{ pid: number; state: string; parent: number } | null> {
  // ESRCH: it ended between being listed and being read.
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  // The name in brackets is the process's own choice and may hold brackets and blanks.
  const [state = '', parent = ''] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { pid: Number(pid), state, parent: Number(parent) };
}
