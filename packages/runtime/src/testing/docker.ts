import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The engine that tests use. */
export const SOCKET_PATH = '/var/run/docker.sock';

const execute = promisify(execFile);

/** Runs the `docker` command and answers its stdout, trimmed. */
export async function docker(...args: string[]): Promise<string> {
  return (await execute('docker', args)).stdout.trim();
}
