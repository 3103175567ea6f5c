import { execFile } from 'node:child_process';

/** A program that takes longer counts as hung, in milliseconds. */
const PROGRAM_MS = 10_000;
const OUTPUT_BYTES_MAX = 1024 * 1024;

/** How a program ended. `missing`: there is none of that name. */
export type Ran =
  | { readonly kind: 'ended'; readonly stdout: string }
  | { readonly kind: 'failed'; readonly text: string }
  | { readonly kind: 'missing' };

/** Runs a program of this machine to its end, and answers what it printed. */
export async function runProgram(file: string, args: readonly string[]): Promise<Ran> {
  const limits = { timeout: PROGRAM_MS, maxBuffer: OUTPUT_BYTES_MAX, killSignal: 'SIGKILL' } as const;
  return await new Promise((resolve) => {
    execFile(file, args, limits, (error, stdout, stderr) => {
      if (error === null) return resolve({ kind: 'ended', stdout });
      // EACCES: a folder on the PATH is closed to this user, and none of the others has it.
      if (error.code === 'ENOENT' || (error.code as unknown) === 'EACCES') return resolve({ kind: 'missing' });
      const [last = ''] = stderr.trim().split('\n').slice(-1);
      resolve({ kind: 'failed', text: error.killed === true ? `${file} hangs.` : last || `${file} ended with ${error.code}.` });
    });
  });
}
