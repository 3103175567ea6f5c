import { randomBytes } from 'node:crypto';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Bench } from './bench.ts';
import { runCommand } from './run-command.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Debian's static build, of the package busybox-static. */
const BUSYBOX = '/bin/busybox';
/** A removal may meet a container that is just ending: tries, one second apart. */
const REMOVALS_MAX = 10;
const PAUSE_MS = 1_000;

/** An image with nothing but busybox that copies `/input` to `/output`; disposing of it removes it. */
export async function copyImage({ folder, signal }: Bench): Promise<AsyncDisposable & { readonly name: string }> {
  await using parts = await temporaryFolder(folder, 'image-');
  const root = join(parts.path, 'root');
  await mkdir(join(root, 'bin'), { recursive: true });
  await copyFile(BUSYBOX, join(root, 'bin', 'busybox'));
  const tar = join(parts.path, 'root.tar');
  await runCommand('tar', ['--owner=0', '--group=0', '--numeric-owner', '-C', root, '-cf', tar, '.'], { signal });
  const name = `inference-bench-${randomBytes(6).toString('hex')}:1`;
  const command = 'ENTRYPOINT ["/bin/busybox", "cp", "-r", "/input/.", "/output"]';
  await runCommand('docker', ['import', '--change', command, tar, name], { signal });
  return { name, [Symbol.asyncDispose]: () => remove(name) };
}

async function remove(name: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await runCommand('docker', ['image', 'rm', '--force', name]);
      return;
    } catch (error) {
      if (tries >= REMOVALS_MAX) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
