import { readFile } from 'node:fs/promises';
import { runProgram } from './run-program.ts';

/** Whether a process is a server of ours: its number may have gone to another program since it was written down. */
export async function isServerProcess(pid: number): Promise<boolean> {
  return /standalone[/\\]src[/\\]main\.ts/.test(await commandLineOf(pid));
}

async function commandLineOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null);
  if (text !== null) return text.replaceAll('\0', ' ');
  // Where there is no /proc.
  const asked = await runProgram('ps', ['-o', 'args=', '-p', String(pid)]);
  return asked.kind === 'ended' ? asked.stdout : '';
}
