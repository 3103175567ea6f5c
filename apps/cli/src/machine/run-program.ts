import { execFile } from 'node:child_process';
import type { Socket } from 'node:net';

/** A program that takes longer counts as hung, in milliseconds. */
const PROGRAM_MS = 10_000;
const OUTPUT_BYTES_MAX = 1024 * 1024;

/** How a program ended. `missing`: there is none of that name. */
export type Ran =
  | { readonly kind: 'ended'; readonly stdout: string }
  | { readonly kind: 'failed'; readonly text: string }
  | { readonly kind: 'missing' };

/** Runs a program of this machine to its end, and answers what it printed. One that hangs in a driver ends by no signal: it is not waited for. */
export async function runProgram(file: string, args: readonly string[]): Promise<Ran> {
  return await new Promise((resolve) => {
    const child = execFile(file, args, { maxBuffer: OUTPUT_BYTES_MAX, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      clearTimeout(timer);
      if (error === null) return resolve({ kind: 'ended', stdout });
      // EACCES: a folder on the PATH is closed to this user, and none of the others has it.
      if (error.code === 'ENOENT' || (error.code as unknown) === 'EACCES') return resolve({ kind: 'missing' });
      const [last = ''] = stderr.trim().split('\n').slice(-1);
      resolve({ kind: 'failed', text: last || `${file} ended with ${error.code}.` });
    });
    const timer = setTimeout(() => {
      resolve({ kind: 'failed', text: `${file} hangs.` });
      child.kill('SIGKILL');
      // Nor does it keep this process from ending.
      child.unref();
      for (const pipe of [child.stdout, child.stderr]) (pipe as Socket | null)?.unref();
    }, PROGRAM_MS);
  });
}
