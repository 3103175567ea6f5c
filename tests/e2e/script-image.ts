import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Makes an image with a static busybox; what it does comes from the input's `run.sh`. */
export async function importScriptImage(name: string): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'inference-image-'));
  try {
    await mkdir(join(root, 'bin'), { recursive: true });
    await mkdir(join(root, 'tmp'));
    await copyFile('/bin/busybox', join(root, 'bin', 'busybox'));
    await run('ln', ['-s', 'busybox', join(root, 'bin', 'sh')]);
    await run('sh', [
      '-c',
      `tar -C ${root} -c . | docker import -c 'ENTRYPOINT ["/bin/sh", "/input/run.sh"]' -c 'ENV PATH=/bin' - ${name}`,
    ]);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
