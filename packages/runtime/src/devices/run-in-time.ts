import { execFile } from 'node:child_process';
import type { Socket } from 'node:net';

const OUTPUT_BYTES_MAX = 1024 * 1024;

/** What was killed at its limit and has not ended yet, by what it works on, with what was said of it. */
const stuck = new Map<string, Error>();

/**
 * Runs a program and answers its stdout; rejects as `child_process` does, after `limitMs` with `killed`. A program that waits for a driver or a
 * disk ends by no signal: it is not waited for, and until it has ended no other one is started for the same, which would only wait beside it.
 *
 * @param what names what it works on; left out: all programs of its name work on the same
 */
export function runInTime(file: string, args: readonly string[], limitMs: number, what = file): Promise<string> {
  const before = stuck.get(what);
  if (before !== undefined) return Promise.reject(before);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const late = Object.assign(new Error(`${file} did not end within ${limitMs / 1000} s.`), { killed: true });
  const child = execFile(file, args, { maxBuffer: OUTPUT_BYTES_MAX, killSignal: 'SIGKILL' }, (error, stdout) => {
    clearTimeout(timer);
    if (stuck.get(what) === late) stuck.delete(what);
    if (error === null) resolve(stdout);
    else reject(Object.assign(error, { stdout }));
  });
  const timer = setTimeout(() => {
    stuck.set(what, late);
    reject(late);
    child.kill('SIGKILL');
    // Nor does it keep this process from ending.
    child.unref();
    for (const pipe of [child.stdout, child.stderr]) (pipe as Socket | null)?.unref();
  }, limitMs);
  return promise;
}
