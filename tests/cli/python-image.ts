import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Makes an image with this machine's Python and a busybox: what `python:3.13-slim` is for users, without asking a registry. */
export async function importPythonImage(name: string): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'inference-image-'));
  try {
    for (const folder of ['bin', 'tmp']) await mkdir(join(root, folder), { recursive: true });
    await copyFile('/bin/busybox', join(root, 'bin', 'busybox'));
    const script = `
      for tool in sh chmod; do ln -s busybox bin/$tool; done
      version=$(/usr/bin/python3 -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
      libraries=$({ ldd /usr/bin/$version; find /usr/lib/$version/lib-dynload -name '*.so' -exec ldd {} +; } | grep -o '/[^ ]*\\.so[^ ]*' | grep -v ':$' | sort -u)
      tar -chf - --exclude=dist-packages --exclude=__pycache__ --exclude=test /usr/bin/python3 /usr/lib/$version $libraries 2> tar.txt | tar -xf -
      rm tar.txt
      tar -c . | docker import -c 'ENV PATH=/usr/bin:/bin' - ${name}`;
    await run('sh', ['-euc', script], { cwd: root });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
