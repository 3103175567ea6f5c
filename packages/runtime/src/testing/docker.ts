import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The engine that tests use. */
export const SOCKET_PATH = '/var/run/docker.sock';

const execute = promisify(execFile);

/** Runs the `docker` command and answers its stdout, trimmed. */
export async function docker(...args: string[]): Promise<string> {
  return (await execute('docker', args)).stdout.trim();
}

/** Whether tests that need an engine are left out: only where none answers, and never in CI. */
export async function skipsDocker(): Promise<boolean> {
  // biome-ignore lint/style/noProcessEnv: only tests use this file
  if (process.env['CI'] === 'true') return false;
  return await docker('version', '--format', '{{.Server.Version}}').then(
    () => false,
    () => true,
  );
}
