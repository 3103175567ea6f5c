import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';

/** The kernel tells processor time in ticks of so many a second, on every Linux. */
const TICKS_PER_SECOND = 100;

/** Processor seconds by whose they are. */
export type ProcessorTime = ReadonlyMap<string, number>;

/**
 * What the children of this process have used so far, with all that descends from them, and this process itself. `roles` names
 * children by pid; the others are named by their program. `machine` is what the whole machine has used.
 */
export async function processorTime(roles: ReadonlyMap<number, string>): Promise<ProcessorTime> {
  const times = new Map<string, number>();
  const add = (role: string, seconds: number) => times.set(role, (times.get(role) ?? 0) + seconds);
  add('bench', (await readTimes(process.pid)).own);
  for (const pid of await childrenOf(process.pid)) add(roles.get(pid) ?? (await programOf(pid)), await treeSeconds(pid));
  add('machine', await machineSeconds());
  return times;
}

/** What was used between two looks. */
export function usedBetween(before: ProcessorTime, after: ProcessorTime): ProcessorTime {
  return new Map([...after].map(([role, seconds]) => [role, seconds - (before.get(role) ?? 0)]));
}

async function treeSeconds(pid: number): Promise<number> {
  // One that ends just now is counted with its parent, who waited for it.
  const [{ own, waited }, children] = await Promise.all([readTimes(pid), childrenOf(pid)]);
  const below = await Promise.all(children.map(treeSeconds));
  return own + waited + below.reduce((sum, seconds) => sum + seconds, 0);
}

/** `own`: the process itself; `waited`: its children that have ended, and theirs, as far as somebody waited for them. */
async function readTimes(pid: number): Promise<{ own: number; waited: number }> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name in brackets may hold blanks. Fields 14 to 17 are utime, stime, cutime and cstime; what follows the name begins with field 3.
  const [utime = 0, stime = 0, cutime = 0, cstime = 0] = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
    .map(Number);
  return { own: (utime + stime) / TICKS_PER_SECOND, waited: (cutime + cstime) / TICKS_PER_SECOND };
}

async function childrenOf(pid: number): Promise<number[]> {
  // Node starts children from its main thread, but others may do so from any.
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter(Boolean).map(Number);
}

async function programOf(pid: number): Promise<string> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return basename(command.split('\0')[0] ?? '');
}

/** All but idling, waiting for disks, and what other machines on the same hardware took. */
async function machineSeconds(): Promise<number> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n');
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq) / TICKS_PER_SECOND;
}
