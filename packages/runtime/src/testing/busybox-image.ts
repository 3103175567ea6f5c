import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '@inference/testing';
import { docker } from './docker.ts';

/** Debian's static build, of the package busybox-static. */
const BUSYBOX = '/usr/bin/busybox';
const APPLETS =
  'cat chmod chown cp dd echo env false grep head id kill ls mkdir mount nc nslookup ping rm seq sh sleep su touch true tr wc wget yes'.split(
    ' ',
  );

const execute = promisify(execFile);

/** A tar of a root file system with nothing but busybox and the named files of `folder`, made there; answers its path. */
export async function busyboxTar(folder: string, files: readonly string[] = []): Promise<string> {
  const bin = join(folder, 'root', 'bin');
  await mkdir(bin, { recursive: true });
  await copyFile(BUSYBOX, join(bin, 'busybox'));
  for (const name of APPLETS) await symlink('busybox', join(bin, name));
  // For root only.
  await writeFile(join(folder, 'root', 'secret'), 'secret', { mode: 0o600 });
  for (const name of files) await copyFile(join(folder, name), join(folder, 'root', name));
  const tar = join(folder, 'root.tar');
  // One owner and one time: the same content gives the same digest.
  await execute('tar', [
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--mtime=@0',
    '--sort=name',
    '-C',
    join(folder, 'root'),
    '-cf',
    tar,
    '.',
  ]);
  return tar;
}

export type TestImage = { readonly name: string; readonly remove: () => Promise<void> };

/**
 * An image of busybox under a name of its own.
 *
 * @param changes Dockerfile instructions such as `CMD ["sh", "/input/run.sh"]`
 */
export async function busyboxImage(...changes: string[]): Promise<TestImage> {
  const folder = await mkdtemp(join(tmpdir(), 'inference-image-'));
  const name = `inference-test-${randomBytes(6).toString('hex')}:1`;
  try {
    const id = await docker('import', ...changes.flatMap((change) => ['--change', change]), await busyboxTar(folder), name);
    return { name, remove: () => removeImage(id) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** By id and until it works: while a container is still on its way out, the engine only takes the name off the image. */
async function removeImage(id: string): Promise<void> {
  const isGone = () =>
    docker('image', 'rm', '--force', id).then(
      () => true,
      (error: Error) => error.message.includes('No such image'),
    );
  await until('the image to be removed', isGone);
}
