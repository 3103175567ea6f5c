import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from './run-program.ts';

const FILE = 'docker-compose.yaml';

/** The compose program that works here; null where none does. */
export async function composeCommand(): Promise<readonly [string, ...string[]] | null> {
  if ((await runProgram('docker', ['compose', 'version'])).kind === 'ended') return ['docker', 'compose'];
  return (await runProgram('docker-compose', ['version'])).kind === 'ended' ? ['docker-compose'] : null;
}

/** Whether a folder holds the compose file of the project. */
export async function hasComposeFile(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, FILE), 'utf8').catch(() => '');
  return text.includes('inference-server/public-api');
}
