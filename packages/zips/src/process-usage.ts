import { readFileSync } from 'node:fs';

/** The kernel's unit of processor time towards user space: 100 a second on every Linux. */
const TICK_MS = 10;
const KIB = 1024;

/** Processor time and resident memory of a process so far; null where they cannot be had (not Linux, or the process is gone). */
export function processUsage(pid: number): { readonly cpuMs: number; readonly memoryBytes: number } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in parentheses, and may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // VmRSS is in KiB; the counters of /proc/<pid>/statm are in pages, whose size differs from machine to machine.
    const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
    return { cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS, memoryBytes: Number(resident) * KIB };
  } catch {
    return null;
  }
}
