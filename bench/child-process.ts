import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** A child that does not end by itself within this after TERM is killed, in milliseconds. */
const STOP_LIMIT_MS = 25_000;
/** What is kept of what a child prints, in characters. */
const OUTPUT_CHARS_MAX = 16_000;
/** A child that does not say that it is ready within this will not, in milliseconds. */
const READY_LIMIT_MS = 60_000;

/** Waits until a child has printed what `pattern` finds (answers its first group); throws when it ends before that. */
export async function readyLine(child: ChildProcess, pattern: RegExp, signal: AbortSignal): Promise<string> {
  let text = '';
  const streams = [child.stdout, child.stderr];
  const limited = AbortSignal.any([signal, AbortSignal.timeout(READY_LIMIT_MS)]);
  return await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-OUTPUT_CHARS_MAX);
      const found = pattern.exec(text)?.[1];
      if (found === undefined) return;
      resolve(found);
      // What comes from now on is taken from the child, and not looked at: that would cost what is being measured.
      for (const stream of streams) stream?.off('data', read).resume();
    };
    for (const stream of streams) stream?.on('data', read);
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`A server ended before it was ready: ${text}`)));
    limited.addEventListener('abort', () => reject(limited.reason), { once: true });
    if (limited.aborted) reject(limited.reason);
  });
}

/** Ends a child, gently first; resolves when it is gone. */
export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await gone;
  clearTimeout(timer);
}
