import { spawn } from 'node:child_process';

/** What is kept of a command's error output, in characters. */
const ERRORS_CHARS_MAX = 4_000;

/** Runs a command to its end and answers its stdout, trimmed; throws with its stderr when it fails. An abort ends it by TERM. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: { readonly signal?: AbortSignal; readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
): Promise<string> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-ERRORS_CHARS_MAX);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    let fault: Error | null = null;
    child.once('error', (error) => {
      fault = error;
      // One that never started does not close.
      if (child.pid === undefined) reject(error);
    });
    // Only now nothing of it runs any more, even where it was aborted.
    child.once('close', (exitCode) => (fault === null ? resolve(exitCode) : reject(fault)));
  });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: exit code ${code}: ${errors.trim()}`);
  return output.trim();
}
