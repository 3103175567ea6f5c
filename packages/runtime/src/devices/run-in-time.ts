import { execFile } from 'node:child_process';
import type { Socket } from 'node:net';

const OUTPUT_BYTES_MAX = 1024 * 1024;

/** Programs that were killed at their limit and have not ended yet, with what was said of them. */
const stuck = new Map<string, Error>();

/**
 * Runs a program and answers its stdout; rejects as `child_process` does, after `limitMs` with `killed`. A program that waits for a driver ends
 * by no signal: it is not waited for, and until it has ended no other one of its name is started, for these would only wait beside it.
 */
export function runInTime(file: string, args: readonly string[], limitMs: number): Promise<string> {
  const before = stuck.get(file);
  if (before !== undefined) return Promise.reject(before);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const late = Object.assign(new Error(`${file} did not end within ${limitMs / 1000} s.`), { killed: true });
  const child = execFile(file, args, { maxBuffer: OUTPUT_BYTES_MAX, killSignal: 'SIGKILL' }, (error, stdout) => {
    clearTimeout(timer);
    if (stuck.get(file) === late) stuck.delete(file);
    if (error === null) resolve(stdout);
    else reject(Object.assign(error, { stdout }));
  });
  const timer = setTimeout(() => {
    stuck.set(file, late);
    reject(late);
    child.kill('SIGKILL');
    // Nor does it keep this process from ending.
    child.unref();
    for (const pipe of [child.stdout, child.stderr]) (pipe as Socket | null)?.unref();
  }, limitMs);
  return promise;
}
