import { readFile } from 'node:fs/promises';

const KIB = 1024;

/** The resident memory of a process now, in bytes. Linux only. @throws where there is no such process */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
  if (kib === undefined) throw new Error(`the process ${pid} has ended`);
  return Number(kib) * KIB;
}
