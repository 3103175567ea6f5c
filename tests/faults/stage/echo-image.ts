import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '@inference/testing';
import { busyboxTar } from '../../../packages/runtime/src/testing/busybox-image.ts';
import { ECHO_SCRIPT } from './echo-model.ts';

const run = promisify(execFile);

/**
 * Makes an image of the echo model, or of another script, under this name; answers what removes it.
 *
 * @param host of the engine; left out: the machine's own
 */
export async function echoImage(name: string, host?: string, script = ECHO_SCRIPT): Promise<() => Promise<void>> {
  const docker = (...args: string[]) => run('docker', [...(host === undefined ? [] : ['--host', host]), ...args]);
  const folder = await mkdtemp(join(tmpdir(), 'inference-image-'));
  try {
    const change = `CMD ${JSON.stringify(['sh', '-c', script])}`;
    await docker('import', '--change', change, await busyboxTar(folder), name);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const remove = () =>
    docker('image', 'rm', '--force', name).then(
      () => true,
      () => false,
    );
  return async () => void (await until('the image to be removed', remove));
}
