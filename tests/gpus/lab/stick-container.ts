import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Sent } from '../../faults/stage/client.ts';
import type { GpuLab } from './gpu-lab.ts';

const run = promisify(execFile);

/** Keeps the engine from removing the container of a task: a file in its folder cannot be deleted, by root either, until `free`. */
export async function stickContainer({ engine }: GpuLab, { id: task }: Sent): Promise<{ free(): Promise<void> }> {
  const filter = ['--filter', `label=inference-server.task=${task}`];
  const { stdout } = await run('docker', ['--host', `unix://${engine.socketPath}`, 'ps', '--quiet', '--no-trunc', ...filter]);
  const container = stdout.trim();
  if (!/^[0-9a-f]{64}$/.test(container)) throw new Error(`task ${task} has not one container: ${stdout}`);
  const file = join(engine.dataFolder, 'containers', container, 'stays');
  await writeFile(file, '');
  await run('chattr', ['+i', file]);
  let isFree = false;
  const free = async () => {
    if (!isFree) await run('chattr', ['-i', file]);
    isFree = true;
  };
  return { free };
}
